import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { Grant } from '../live/care-api.js';
import { byPatient, openUntilMs } from '../model/emergency-grants.js';
import { durationText, numberText } from '../model/format.js';
import { useGrants } from './grants.js';
import { useStationIfAny } from '../parts/hooks.js';
import { Said } from '../parts/said.js';
import { t } from '../words/words.js';
import { useIdentity } from './identity.js';

/** Each patient that is open in an emergency, for the whole time: who, for how long, and how to end it. */
export function EmergencyBanners() {
  const { open } = useGrants();
  if (open.length === 0) return null;
  return (
    <section aria-label={t('shell:emergencyAccesses')}>
      {byPatient(open).map((grants) => (
        <EmergencyBanner key={grants[0].patientId} grants={grants} />
      ))}
    </section>
  );
}

function EmergencyBanner({ grants }: { grants: readonly [Grant, ...Grant[]] }) {
  const { end } = useGrants();
  const navigate = useNavigate();
  const [failed, setFailed] = useState(false);
  const leftMs = useLeft(openUntilMs(grants));
  const { bedId } = grants[0];
  const label = useBedLabel(bedId);
  if (leftMs <= 0) return null;
  // All of them: one that stays open would keep the record open.
  const endAll = async (): Promise<void> => setFailed((await Promise.all(grants.map(end))).includes(false));
  return (
    <div className="banner emergency" role="group" aria-label={t('shell:emergencyAccess')}>
      <span role="status">
        <Said>{bedId ? t('shell:emergencyTo', { bed: label }) : t('shell:emergencyToNoBed')}</Said>
        {grants.length > 1 ? ` · ${t('shell:emergencyTimes', { times: numberText(grants.length, 0) })}` : null}
      </span>
      <span className="idle-left" aria-label={t('shell:timeLeft')}>
        {durationText(leftMs)}
      </span>
      {bedId ? (
        <button type="button" className="button" onClick={() => void navigate({ to: '/b/$bedId', params: { bedId } })}>
          {t('shell:openRecord')}
        </button>
      ) : null}
      <button type="button" className="button" onClick={() => void endAll()}>
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
