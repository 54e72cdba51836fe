import type { Clock } from '@vigil/clock';
import type { Log } from './broker/broker.js';
import { LogError } from './log/log-error.js';

const EVERY_MS = 5_000;
const WARN_EVERY_MS = 60_000;

/** A file that may be replaced while the hub runs. */
export interface Followed {
  /** What log lines call it. */
  readonly what: string;
  /** Stands in the `warnings` of the hub's readiness while the file can't be used. */
  readonly warning: string;
  /** Takes the file up when it has changed, and says whether it had. What was in use stays so when this throws. */
  refresh(): Promise<boolean>;
}

/** Looks at a file every 5 s. A file that can't be used is said once a minute and changes nothing. */
export function follow(file: Followed, { clock, log }: { readonly clock: Clock; readonly log: Log }) {
  let isFaulty = false;
  let warnedMs = -Infinity;
  let looking: Promise<void> | null = null;
  const lookNow = async (): Promise<void> => {
    try {
      const isNew = await file.refresh();
      if (isNew || isFaulty) log.info({}, `${file.what}: taken up as they are now`);
      isFaulty = false;
    } catch (e) {
      isFaulty = true;
      if (clock.wallMs() - warnedMs < WARN_EVERY_MS) return;
      warnedMs = clock.wallMs();
      const code = (e as { code?: string }).code ?? 'unexpected';
      const advice = e instanceof LogError ? e.message : 'see the code';
      log.warn({ code }, `${file.what}: can't be used; going on with those in memory: ${advice}`);
    }
  };
  const look = (): Promise<void> => (looking ??= lookNow().finally(() => (looking = null)));
  const cancel = clock.every(EVERY_MS, () => void look());
  return {
    /** Looks now; for tests and whoever does not want to wait. */
    look,
    warnings: (): readonly string[] => (isFaulty ? [file.warning] : []),
    stop: async (): Promise<void> => {
      cancel();
      await looking;
    },
  };
}
