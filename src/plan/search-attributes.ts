/** Keyword: `running`, `waiting` or an end state. */
export const STATUS_ATTRIBUTE = "AiwfStatus";
/** KeywordList: paths of the steps that wait for people. */
export const WAITING_ATTRIBUTE = "AiwfWaiting";
