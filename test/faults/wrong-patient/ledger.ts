/** One piece of time, half open; `to` Infinity: still. */
interface Piece {
  readonly id: string;
  readonly at: string;
  from: number;
  to: number;
}

/** What was measured, as the world that was simulated knows it. */
export interface Measured {
  readonly n: number;
  readonly device: string;
  readonly seq: number;
  readonly atMs: number;
  /** Every bed that anybody has ever said it was of since it was sent; null: none. */
  readonly said: Set<string | null>;
}

/**
 * Who was where, kept beside the platform in plain arrays: what was said and accepted, by its own arithmetic. It uses nothing of the
 * product, so that both can't be wrong in the same way.
 */
export class Ledger {
  /** Pieces of each device at beds, and of each bed with patients. */
  private readonly devices = new Map<string, Piece[]>();
  private readonly beds = new Map<string, { stay: string; patient: string; readonly from: number; to: number }[]>();
  readonly measured: Measured[] = [];

  bedAt(device: string, atMs: number): string | null {
    for (const piece of this.piecesOf(device)) if (atMs >= piece.from && atMs < piece.to) return piece.at;
    return null;
  }

  piecesOf(device: string): Piece[] {
    let pieces = this.devices.get(device);
    if (pieces === undefined) this.devices.set(device, (pieces = []));
    return pieces;
  }

  openAt(bed: string): { device: string; id: string }[] {
    return [...this.devices].flatMap(([device, pieces]) =>
      pieces.filter((piece) => piece.at === bed && piece.to === Infinity).map(({ id }) => ({ device, id })),
    );
  }

  put(device: string, piece: Piece): void {
    this.piecesOf(device).push({ ...piece });
    this.note(device, piece.from);
  }

  /** The piece of the device that holds then, and not at this bed, ends then. */
  endElsewhere(device: string, bed: string, atMs: number): void {
    const piece = this.piecesOf(device).find((each) => each.at !== bed && atMs >= each.from && atMs < each.to);
    if (piece !== undefined) this.end(device, piece.id, atMs);
  }

  end(device: string, id: string, atMs: number): void {
    const pieces = this.piecesOf(device);
    const piece = pieces.find((each) => each.id === id)!;
    if (atMs <= piece.from) pieces.splice(pieces.indexOf(piece), 1);
    else piece.to = atMs;
    this.note(device, Math.min(atMs, piece.from));
  }

  /** It was otherwise; null: it never was. */
  replace(device: string, id: string, by: Piece | null): void {
    const pieces = this.piecesOf(device);
    const at = pieces.findIndex((each) => each.id === id);
    const before = pieces[at]!;
    if (by === null) pieces.splice(at, 1);
    else pieces[at] = { ...by };
    this.note(device, Math.min(before.from, by?.from ?? Infinity));
  }

  admit(stay: string, patient: string, bed: string, atMs: number): void {
    this.staysAt(bed).push({ stay, patient, from: atMs, to: Infinity });
  }

  leave(stay: string, atMs: number): void {
    for (const stays of this.beds.values()) {
      for (const each of stays) if (each.stay === stay && each.to === Infinity) each.to = atMs;
    }
  }

  /** All of the stay was another patient's, under a name of its own. */
  wasAnother(stay: string, by: { readonly stay: string; readonly patient: string }): void {
    for (const stays of this.beds.values()) {
      for (const each of stays) if (each.stay === stay) Object.assign(each, by);
    }
  }

  openStays(): { stay: string; bed: string; patient: string }[] {
    return [...this.beds].flatMap(([bed, stays]) =>
      stays.filter(({ to }) => to === Infinity).map(({ stay, patient }) => ({ stay, bed, patient })),
    );
  }

  patientAt(bed: string, atMs: number): string | null {
    return this.staysAt(bed).find(({ from, to }) => atMs >= from && atMs < to)?.patient ?? null;
  }

  private staysAt(bed: string) {
    let stays = this.beds.get(bed);
    if (stays === undefined) this.beds.set(bed, (stays = []));
    return stays;
  }

  /** Of whom what was measured since then is said to be now. */
  private note(device: string, fromMs: number): void {
    for (const each of this.measured) {
      if (each.device === device && each.atMs >= fromMs) each.said.add(this.bedAt(device, each.atMs));
    }
  }
}
