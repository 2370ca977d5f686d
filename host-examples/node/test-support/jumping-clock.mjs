// Loaded before the host: the clock on its wall jumps every few looks, by up to ten days forth or back.

const RealDate = Date;
let offset = 0;
let looks = 0;

function now() {
  looks += 1;
  if (looks % 3 === 0) offset = ((looks * 7919) % 21 - 10) * 86_400_000;
  return RealDate.now() + offset;
}

globalThis.Date = class extends RealDate {
  constructor(...values) {
    super(...(values.length === 0 ? [now()] : values));
  }

  static now() {
    return now();
  }
};
