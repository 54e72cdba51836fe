/** Decides which addresses that people give may be connected to. */
export abstract class OutsideAddresses {
  /** Why this URL may not be connected to, as far as it says so itself; null where it may, once its name resolves to what may. */
  abstract refusalOf(url: string): string | null;
}
