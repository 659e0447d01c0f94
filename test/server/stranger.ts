// A process that has nothing to do with any server.
setInterval(() => undefined, 1000);
