// Required by a measured worker's process and its threads: a thread collects its garbage when it is told to.
import { BroadcastChannel, isMainThread } from "node:worker_threads";

const ORDERS = "collect-garbage";
const DONE = "garbage-collected";

if (!isMainThread) {
  const orders = new BroadcastChannel(ORDERS);
  const done = new BroadcastChannel(DONE);
  orders.onmessage = () => {
    for (let round = 0; round < 3; round += 1) globalThis.gc?.();
    send(done);
  };
  orders.unref();
  done.unref();
}

/** Resolves when a thread has collected its garbage. */
export async function collectInThreads(): Promise<void> {
  const orders = new BroadcastChannel(ORDERS);
  const done = new BroadcastChannel(DONE);
  const collected = new Promise((resolve) => {
    done.onmessage = resolve;
  });
  send(orders);
  await collected;
  orders.close();
  done.close();
}

function send(channel: BroadcastChannel): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel between threads has no origin
  channel.postMessage(null);
}
