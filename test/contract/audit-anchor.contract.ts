import { PlatformError } from '@vigil/domain';
import type { AuditAnchor } from '../../src/ports/audit-anchor.js';

export interface AnchorUnderTest {
  readonly anchor: AuditAnchor;
  /** What the place keeps, as one text. */
  kept(): Promise<string>;
  /** The place takes nothing until it is mended. */
  breakIt(): Promise<void>;
  mend(): Promise<void>;
  end(): Promise<void>;
}

/** Notes of one log, each a continuation of the one before, and what leads from one size to the next. */
export interface AnchorNotes {
  note(size: number): string;
  proofFrom(first: number, size: number): Promise<readonly string[]>;
}

/** Promises of `AuditAnchor`. */
export function auditAnchorContract(open: () => Promise<AnchorUnderTest>, notes: () => AnchorNotes): void {
  let t: AnchorUnderTest;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());

  const publish = (size: number): Promise<void> =>
    t.anchor.publish({ note: notes().note(size), proofFrom: (first) => notes().proofFrom(first, size) });

  test('a note that was taken is kept, whole and unchanged', async () => {
    await publish(5);
    expect(await t.kept()).toContain(notes().note(5));
  });

  test('the same note twice, and one after the other, do no harm', async () => {
    for (const size of [5, 5, 9]) await publish(size);
    expect(await t.kept()).toContain(notes().note(9));
  });

  test('an outage is retryable, says no address, and afterwards it goes on', async () => {
    await t.breakIt();
    const error = await publish(5).then(
      () => null,
      (caught: unknown) => caught as PlatformError,
    );
    expect(error).toBeInstanceOf(PlatformError);
    expect(error).toMatchObject({ code: 'anchor-unavailable', retryable: true });
    expect(`${error!.message} ${String(error!.cause)}`).not.toMatch(/127\.0\.0\.1|hospital|vigil-anchor/);
    await t.mend();
    await publish(9);
    expect(await t.kept()).toContain(notes().note(9));
  });
}
