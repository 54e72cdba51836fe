/**
 * Rows of one statement: in many, each costs the event loop, which alarms need, far less than a statement of its own. These sizes
 * only, as each is a text that is kept prepared.
 */
const LOT_SIZES = [64, 16, 4, 1];

export function inLots<Each>(all: readonly Each[]): readonly (readonly Each[])[] {
  const lots: (readonly Each[])[] = [];
  let at = 0;
  for (const size of LOT_SIZES) {
    for (; all.length - at >= size; at += size) lots.push(all.slice(at, at + size));
  }
  return lots;
}
