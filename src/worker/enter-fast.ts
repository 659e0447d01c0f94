// Required by the worker's process and its threads where `--fast` was asked for. It takes away what the SDK does at every
// entry into a workflow and at every promise there: a watchdog thread, which ends code that does not return, and a stack
// trace, for the "Call Stack" of the Web UI. `find-fast-obstacle.ts` checks that it fits the SDK.
import v8 from "node:v8";
import { Script } from "node:vm";

type Enter = Script["runInContext"];
type EnterOptions = Parameters<Enter>[1];

const WITHOUT_WATCHDOG: EnterOptions = { displayErrors: true };

enterWithoutWatchdog();
keepNoStacks();

function enterWithoutWatchdog(): void {
  const enter = Script.prototype.runInContext;
  Script.prototype.runInContext = function (this: Script, context, options): unknown {
    const watched = typeof options === "object" && options.timeout !== undefined;
    return enter.call(this, context, watched ? WITHOUT_WATCHDOG : options);
  } as Enter;
}

/** The SDK does without where there are no promise hooks, and then refuses the query for stacks; it says so in a line that would only puzzle here. */
function keepNoStacks(): void {
  v8.promiseHooks.createHook = () => {
    const { warn } = console;
    console.warn = () => {
      console.warn = warn;
    };
    throw new Error("this worker keeps no stacks");
  };
}
