import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { Grant } from '../live/care-api.js';
import { durationText } from '../model/format.js';
import { useGrants } from './grants.js';
import { useStationIfAny } from '../parts/hooks.js';
import { Said } from '../parts/said.js';
import { t } from '../words/words.js';
import { useIdentity } from './identity.js';

/** Each open emergency access for its whole time: what is open, for how long, and how to end it. */
export function EmergencyBanners() {
  const { open } = useGrants();
  if (open.length === 0) return null;
  return (
    <section aria-label={t('shell:emergencyAccesses')}>
      {open.map((grant) => (
        <EmergencyBanner key={grant.grantId} grant={grant} />
      ))}
    </section>
  );
}

function EmergencyBanner({ grant }: { grant: Grant }) {
  const { end } = useGrants();
  const navigate = useNavigate();
  const [failed, setFailed] = useState(false);
  const leftMs = useLeft(grant.endsMs);
  const { bedId } = grant;
  const label = useBedLabel(bedId);
  if (leftMs <= 0) return null;
  return (
    <div className="banner emergency" role="group" aria-label={t('shell:emergencyAccess')}>
      <span role="status">
        <Said>{bedId ? t('shell:emergencyTo', { bed: label }) : t('shell:emergencyToNoBed')}</Said>
      </span>
      <span className="idle-left" aria-label={t('shell:timeLeft')}>
        {durationText(leftMs)}
      </span>
      {bedId ? (
        <button type="button" className="button" onClick={() => void navigate({ to: '/b/$bedId', params: { bedId } })}>
          {t('shell:openRecord')}
        </button>
      ) : null}
      <button type="button" className="button" onClick={() => void end(grant).then((over) => setFailed(!over))}>
        {failed ? t('shell:notEnded') : t('shell:endNow')}
      </button>
    </div>
  );
}

/** What staff call the bed, where this screen knows it. */
function useBedLabel(bedId: Grant['bedId']): string {
  const station = useStationIfAny();
  return (bedId && station?.readings()?.beds.get(bedId)?.label) ?? t('shell:bedId', { id: bedId ?? '' });
}

/** Wall time until then, by the server's clock. */
function useLeft(endsMs: number): number {
  const { serverNowMs } = useIdentity();
  const [leftMs, setLeft] = useState(() => endsMs - serverNowMs());
  useEffect(() => {
    const timer = setInterval(() => setLeft(endsMs - serverNowMs()), 500);
    return () => clearInterval(timer);
  }, [serverNowMs, endsMs]);
  return leftMs;
}
