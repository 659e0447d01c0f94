import type { CatalogueEntry } from "../catalogue.ts";

function error(summary: string, hint: string): CatalogueEntry {
  return { severity: "error", summary, hint };
}

/** Codes that a run, a step or the server can end with. */
export const runCodes: { readonly [code: string]: CatalogueEntry } = {
  "worker/no-fast": error(
    "This installation cannot work without the guard against workflows that never return.",
    "leave `--fast` out, or install the version of the Temporal SDK that this package names",
  ),
  "run/exists": error("There is already a run with this id.", "choose another --id"),
  "run/bad-id": error("No run can have this id.", "an id has 1 to 1000 bytes; a short word is best"),
  "run/not-found": error("There is no such run on this server.", "`aiworkflow list` shows all runs"),
  "run/timeout": error("The run took longer than its timeout.", "raise `timeout:` in the front matter"),
  "run/cancelled": error("The run was cancelled.", "start it again if that was a mistake"),
  "run/terminated": error("The run was terminated from outside.", "start it again if that was a mistake"),
  "run/failed": error("The run failed before it could report.", "see its history in the Web UI"),
  "run/stuck": error(
    "The run has not ended, and nobody can go on with it.",
    "see the message: a worker is missing, or the interpreter cannot run it",
  ),
  "run/no-answer": error(
    "The run did not answer in time.",
    "see with `aiworkflow show RUN` whether it took in what it was told; its worker may be busy, or away",
  ),
  "run/bad-arguments": error(
    "The run was started with arguments of the wrong form.",
    "start runs with `aiworkflow run`",
  ),
  "run/newer-engine": error("The run needs a newer engine than this worker has.", "update the worker"),
  "run/no-server": error(
    "No server lives that could go on with a detached run.",
    "start `aiworkflow dev` first, or leave --detach out",
  ),
  "run/interpreter-failed": error(
    "The interpreter failed on this plan.",
    "run what `aiworkflow plan FILE` prints, or report this bug with the message",
  ),
  "plan/malformed": error(
    "The plan is none that a compiler makes.",
    "start runs with `aiworkflow run FILE`, or with what `aiworkflow plan FILE` prints",
  ),
  "plan/too-large": error(
    "The plan is larger than 1.9 MB.",
    "move steps into workflows of their own (`workflow: FILE`), and data into files that scripts read",
  ),
  "run/outputs-too-large": error(
    "The outputs of the run are too large together.",
    "a single output above 64 KB is kept by reference; give fewer, or lists as one text",
  ),
  "plan/newer-format": error("The plan was made by a newer version.", "update the worker"),
  "input/invalid": error("The run was started with inputs that do not fit.", "compare them with the workflow's inputs"),
  "step/timeout": error("The step took longer than its timeout and was stopped.", "raise `timeout:` of the step"),
  "step/outcome-unknown": error(
    "Nobody knows whether the step took effect.",
    "look at the outside system; say `effect: idempotent` where repetition is safe",
  ),
  "step/input-too-large": error(
    "The step would be given more than a Temporal server takes.",
    "hand it what it needs of the values, or a file; a single result above 4 KB travels by reference and never counts",
  ),
  "step/path-too-long": error(
    "The path of the step is longer than a Temporal server takes.",
    "give the step and its groups a shorter `id:`",
  ),
  "step/cancelled": error("The step was cancelled.", "nothing to do"),
  "step/postponed": error(
    "The step waits for a place of its tool or agent.",
    "see `concurrency` and `rate` of the tool, `rate` of the agent",
  ),
  "step/internal-error": error("The step failed in a way that has no code yet.", "see the message"),
  "step/unknown-kind": error("This worker does not know the kind of step.", "update the worker"),
  "step/poison": error(
    "Workers died again and again while the step ran.",
    "see the workers' logs; the step may need more memory than there is",
  ),
  "for-each/not-a-list": error("for-each was given something that is not a list.", "check the expression"),
  "for-each/too-many-items": error("for-each was given too many items.", "split the list over several runs"),
  "for-each/part-lost": error(
    "A part of a long for-each was ended by force, so nobody knows all that its items did.",
    "look at the part's history in the Web UI",
  ),
  "for-each/items-failed": error(
    "Some items failed.",
    "see the step's error details; `on-item-error: continue` lets the step complete",
  ),
  "group/not-joined": error("Too few steps of the group ended well.", "see the errors of its steps"),
  "repeat/exhausted": error(
    "All rounds are over and the condition is still false.",
    "raise `max:`, or let the step go on with `continue-on-error`",
  ),
  "step/verify-failed": error("The result of the step does not hold.", "see the result in the error's details"),
  "wait/bad-moment": error("The moment to wait for cannot be read.", "write it as 2027-01-31T09:00:00Z"),
  "wait/expired": error("The signal did not come in time.", "raise `timeout:`, or leave it out"),
  "control/refused": error("The run cannot do this now.", "see its state with `aiworkflow show RUN`"),
  "control/unknown-step": error("The run has no such step.", "see its steps with `aiworkflow show RUN`"),
  "run/compensation-incomplete": error(
    "Not everything could be taken back.",
    "`aiworkflow show RUN` lists what is left to do by hand",
  ),
  "run/nothing-to-undo": error("The run has done nothing that can be taken back.", "only steps with `undo:` can"),
  "run/still-running": error("The run has not ended.", "cancel or terminate it first"),
  "run/would-repeat": error("Effects would happen a second time.", "say --yes to do it"),
  "run/taken-back": error(
    "What the run would build on is taken back.",
    "`fork` the run, or begin again at the first step that was taken back",
  ),
  "run/parent-waits": error(
    "A child run cannot begin again by itself while its parent waits for it.",
    "begin the parent again, from the step that calls it",
  ),
  "run/place-taken": error(
    "Another run of the concurrency group works now.",
    "wait for its end, or cancel it, and try again",
  ),
  "run/not-manual": error("The workflow is not to be started by hand.", "set `manual: true` under `on:`"),
  "run/no-such-step": error("The run has no step from which it could begin again.", "see `aiworkflow show RUN`"),
  "approval/bad-form": error("The form does not fit.", "`aiworkflow approvals list --json` shows its fields"),
  "approval/rejected": error("Somebody rejected the request.", "see the comment"),
  "approval/expired": error("Nobody decided in time.", "raise `expires:`, or leave it out"),
  "approval/too-large": error(
    "The vote or the form is too large.",
    "put it into a file or a page, and say where it is; a form may have 1 MB, a comment 10,000 characters",
  ),
  "approval/not-waiting": error(
    "The step does not wait for a decision.",
    "`aiworkflow approvals list` shows what waits",
  ),
  "approval/not-an-approver": error("This person is not among the approvers.", "vote with --as NAME as one of them"),
  "approval/already-voted": error("This person has voted already.", "a vote counts once"),
  "approval/which-step": error("Several steps wait.", "name the step"),
  "approval/refused": error("The run refused the decision.", "see the message"),
  "approval/bad-decision": error("The decision has the wrong form.", "use `aiworkflow approve` or `reject`"),
  "expression/failed": error(
    "An expression could not be evaluated.",
    "check the values it refers to with `aiworkflow show RUN --json`",
  ),
  "expression/null": error(
    "An expression asked for a field of null.",
    "use `.?field.orValue(…)` where a step may be skipped",
  ),
  "expression/too-large": error("An expression gave something too large.", "filter earlier"),
  "expression/not-boolean": error("A condition gave something else than true or false.", "compare: `x == true`"),
  "script/exit": error("The script ended with an error.", "see the end of its stderr in the message"),
  "script/killed": error("The script was killed by a signal.", "see the message"),
  "script/output-not-json": error(
    "The step declares an output, but stdout is not JSON.",
    "print JSON and nothing else to stdout",
  ),
  "script/invalid-output": error("The script's output does not fit the declared shape.", "compare it with `output:`"),
  "script/output-too-large": error("The script printed too much.", "write large results to a file"),
  "script/not-utf8": error(
    "The output is not UTF-8 text.",
    "print text as UTF-8 (`iconv`), encode binary data (`base64`), or write it to a file",
  ),
  "script/variable-too-large": error(
    "A value is larger than a variable of a shell can be.",
    "read it from stdin, which holds all values as one JSON object: `jq -r .NAME`",
  ),
  "script/no-interpreter": error(
    "The program that runs the script is missing.",
    "install it on every worker's machine",
  ),
  "script/cannot-start": error("The program could not be started.", "see the message"),
  "script/unknown-shell": error("There is no such shell.", "use bash, sh, python, js or ts"),
  "script/workdir": error("The working folder does not exist.", "check `workdir:`"),
  "artifact/missing": error(
    "A stored value is not in this worker's store.",
    "give all workers of a run the same AIWORKFLOW_STORE",
  ),
  "activity/unknown-type": error("This worker does not know the activity.", "update the worker"),
  "worker/died": error("The worker died while the step ran.", "nothing to do: the step is repeated where that is safe"),
  "worker/stalled": error(
    "The worker was silent for so long that another attempt has begun.",
    "nothing to do: the step is repeated where that is safe",
  ),
  "worker/shutdown": error(
    "The worker stopped while the step ran.",
    "nothing to do: the step is repeated where that is safe",
  ),
  "secret/missing": error("A secret is not there.", "set the variable of that name in the worker's environment"),
  "server/unreachable": error("The Temporal server does not answer.", "start it, or leave the address out"),
  "server/no-answer": error(
    "The Temporal server, or who answers for it, was silent for too long.",
    "look whether the server is overloaded or stands still, and try again",
  ),
  "server/settings": error(
    "What TEMPORAL_* variables or temporal.toml say cannot be used.",
    "mend the variable or the file that is named",
  ),
  "server/no-namespace": error("The Temporal server does not have the namespace.", "leave it out, or create it"),
  "server/refused": error(
    "The Temporal server does not do this for us.",
    "set a valid TEMPORAL_API_KEY, or see the message: the rights in the namespace, its limits, or the version of the server",
  ),
  "server/failed": error("The Temporal server failed.", "see its log, and try again"),
  "server/no-cli": error(
    "There is no Temporal CLI, and none could be fetched.",
    "install it, or install Go 1.24 or newer",
  ),
  "server/did-not-start": error("The local Temporal server did not start.", "see .aiworkflow/temporal.log"),
  "server/worker-failed": error(
    "The worker that a command starts did not come to work.",
    "the message says why; run `aiworkflow doctor`",
  ),
  "server/used-elsewhere": error(
    "Another container, or the machine around this one, keeps the project's local server.",
    "use that server by its address, or end it",
  ),
  "server/port-in-use": error("The port is in use.", "choose another port"),
  "server/search-attribute-type": error("A search attribute exists with another type.", "use another namespace"),
  "server/search-attributes": error(
    "Search attributes are missing and cannot be added.",
    "ask the operator of the namespace to add them: see temporal/search-attributes.yaml",
  ),
};
