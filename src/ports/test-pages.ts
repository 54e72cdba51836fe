import type { PageStage, StaffChannel, StaffId, TestPage } from '@vigil/contracts';

/** Wall time for which test pages are kept: long enough to look at them the next day. */
export const TEST_PAGES_KEPT_MS = 7 * 86_400_000;

export interface NewTestPage {
  readonly testId: string;
  readonly staffId: StaffId;
  readonly by: StaffId;
  readonly ways: readonly { readonly pageId: string; readonly channel: StaffChannel }[];
}

/**
 * Pages that concern nobody, and how far each message of one is known to have come. What providers and phones report of them comes by
 * `Escalations.receipt`, as for every page.
 * @throws PlatformError('store-unavailable')
 */
export abstract class TestPages {
  /** Keeps a test with each message as queued; those older than `TEST_PAGES_KEPT_MS` go. */
  abstract begin(test: NewTestPage, wallMs: number): Promise<void>;
  /** Of one message; what is said twice is kept once. @param problem why it did not leave, without an address */
  abstract reached(pageId: string, stage: PageStage, wallMs: number, problem?: string): Promise<void>;
  /** Null where there is no such test of this person. */
  abstract get(staffId: StaffId, testId: string): Promise<TestPage | null>;
}
