// Required by a measured worker's process and its threads: a thread collects its garbage when it is told to.
import { isMainThread } from "node:worker_threads";

if (!isMainThread) {
  const channel = new BroadcastChannel("collect");
  channel.onmessage = ({ data }: MessageEvent) => {
    if (data !== "collect") return;
    for (let round = 0; round < 3; round += 1) globalThis.gc?.();
    channel.postMessage("collected");
  };
  (channel as unknown as { unref(): void }).unref();
}
