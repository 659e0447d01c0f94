/** Every run is replayed from its history at every turn (`npm run test:replayed`): the work grows with the square of a history. */
export const isReplayed = process.env["AIWORKFLOW_CACHED_RUNS"] === "0";

/** How long a test with hundreds of items may take, ms. */
export const LONG_MS = isReplayed ? 900_000 : 120_000;
