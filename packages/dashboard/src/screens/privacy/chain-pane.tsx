import type { AuditChainView } from '@vigil/contracts';
import { auditChain } from '../../live/office-api.js';
import { durationText } from '../../model/format.js';
import { TroubleNote } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { t } from '../../words/words.js';
import { VerifyChain } from './verify-chain.js';

const ASK_EVERY_MS = 10_000;
/** Entries that wait beside the log for longer are said (dashboard.md S12). */
const LAG_SHOWN_MS = 10_000;

/** Whether the log of all looks is whole, signed and anchored, as its keeper says; and the button that has it checked. */
export function ChainPane() {
  const { load, again } = useLoad(['audit', 'chain'], auditChain, { everyMs: ASK_EVERY_MS });
  return (
    <section aria-label={t('privacy:chain')}>
      {load.kind === 'failed' ? <TroubleNote trouble={load.trouble} again={again} /> : null}
      <ChainState chain={load.kind === 'ready' ? load.value : null} asking={load.kind === 'loading'} />
      <VerifyChain />
    </section>
  );
}

/** @param chain null while it is not known */
export function ChainState({ chain, asking }: { chain: AuditChainView | null; asking: boolean }) {
  const unknown = asking ? t('privacy:chainAsking') : t('privacy:chainNotKnown');
  return (
    <>
      {chain?.broken ? <Broken problem={chain.problem ?? ''} /> : null}
      {chain !== null && (chain.lagMs ?? 0) > LAG_SHOWN_MS ? (
        <p className="state-note trouble" role="alert">
          {t('privacy:chainLag', { age: durationText(chain.lagMs ?? 0), count: chain.waiting })}
        </p>
      ) : null}
      {chain !== null && chain.lost > 0 ? (
        <p className="state-note trouble" role="alert">
          {t('privacy:chainLost', { count: chain.lost })}
        </p>
      ) : null}
      <ul className="chain">
        <Line
          label={t('privacy:chainLog')}
          ready={chain === null ? null : chain.problem === null}
          words={chain === null ? unknown : (chain.problem ?? t('privacy:chainLogGood'))}
        />
        <Line
          label={t('privacy:chainAnchors')}
          ready={chain === null ? null : chain.anchorProblem === null && chain.anchors.length > 0}
          words={chain === null ? unknown : anchorsText(chain)}
        />
        <Line
          label={t('privacy:chainSigned')}
          ready={chain === null ? null : chain.checkpoint !== null}
          words={chain === null ? unknown : signedText(chain)}
        />
      </ul>
    </>
  );
}

function anchorsText({ anchors, anchorProblem }: AuditChainView): string {
  if (anchors.length === 0) return t('privacy:chainNone');
  return anchorProblem ?? `${anchors.join(', ')}: ${t('privacy:chainAnchorsGood')}`;
}

function signedText({ checkpoint, unsigned }: AuditChainView): string {
  if (checkpoint === null) return t('privacy:chainNotSigned');
  const at = t('privacy:chainSignedAt', { size: checkpoint.size, age: durationText(checkpoint.ageMs) });
  return unsigned === 0 ? at : `${at}; ${t('privacy:chainUnsigned', { count: unsigned })}`;
}

function Broken({ problem }: { problem: string }) {
  return (
    <div className="critical" role="alert">
      <h2>{t('privacy:chainBroken')}</h2>
      <p>{t('privacy:chainBrokenWhat', { problem })}</p>
      <p>{t('privacy:runbook', { entry: 'audit-log-changed' })}</p>
    </div>
  );
}

function Line({ label, ready, words }: { label: string; ready: boolean | null; words: string }) {
  return (
    <li data-ready={ready ?? 'unknown'}>
      <span aria-hidden="true">{ready === null ? '…' : ready ? '✓' : '!'}</span> <b>{label}</b> {words}
    </li>
  );
}
