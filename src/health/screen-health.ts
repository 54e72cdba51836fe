import { Injectable } from '@nestjs/common';

/** `silent`: a shared screen is missed. `untold`: one is, and its alarm can't come, because nothing derives alarms now. */
export type ScreensState = 'ok' | 'silent' | 'untold';

/** How the shared screens are, as whoever watches them says. Null: nobody watches them in this process. */
@Injectable()
export class ScreenHealth {
  private missed: number | null = null;

  /** Stations that are missed now. */
  say(missed: number): void {
    this.missed = missed;
  }

  /** @param isProcessing alarms are derived now */
  state(isProcessing: boolean): ScreensState {
    if (this.missed === null || this.missed === 0) return 'ok';
    return isProcessing ? 'silent' : 'untold';
  }
}
