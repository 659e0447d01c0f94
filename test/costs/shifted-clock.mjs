// Loaded before a process (`--import`): its clock goes ahead of the machine's by `CLOCK_AHEAD_MS`.
const Real = Date;
const aheadMs = Number(process.env.CLOCK_AHEAD_MS);

globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length === 0) super(Real.now() + aheadMs);
    else super(...given);
  }

  static now() {
    return Real.now() + aheadMs;
  }
};
