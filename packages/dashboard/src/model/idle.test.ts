import { heard, type IdleState, idleStep } from './idle.js';

const at = (more: Partial<IdleState> = {}): IdleState => ({ endsAtMs: 900_000, toldAtMs: 0, usedAtMs: 0, ...more });

describe('the idle end of a session', () => {
  test('use is told at most once a minute, and never forgotten', () => {
    expect(idleStep(at({ usedAtMs: 10 }), 59_999)).toEqual({ do: 'nothing' });
    expect(idleStep(at({ usedAtMs: 10 }), 60_000)).toEqual({ do: 'tell' });
    expect(idleStep(at({ usedAtMs: 10, toldAtMs: 60_000 }), 200_000)).toEqual({ do: 'nothing' });
  });

  test('a screen that nobody touches warns for the last minute, then asks', () => {
    expect(idleStep(at(), 839_999)).toEqual({ do: 'nothing' });
    expect(idleStep(at(), 840_000)).toEqual({ do: 'warn', leftMs: 60_000 });
    expect(idleStep(at(), 899_999)).toEqual({ do: 'warn', leftMs: 1 });
    expect(idleStep(at(), 900_000)).toEqual({ do: 'ask' });
  });

  test('who moves during the warning stays', () => {
    expect(idleStep(at({ usedAtMs: 850_000 }), 850_001)).toEqual({ do: 'tell' });
  });

  test('the clock of the screen may be wrong by hours', () => {
    const now = { monotonicMs: 5_000, wallMs: 9_999_999_999 };
    expect(heard({ expiresAtMs: 1_900_000, serverWallMs: 1_000_000 }, now)).toBe(905_000);
  });
});
