import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { Grant } from '../live/care-api.js';
import { durationText } from '../model/format.js';
import { useGrants } from './grants.js';
import { useStationIfAny } from '../parts/hooks.js';
import { useIdentity } from './identity.js';

/** Each open emergency access for its whole time: what is open, for how long, and how to end it. */
export function EmergencyBanners() {
  const { open } = useGrants();
  if (open.length === 0) return null;
  return (
    <section aria-label="Emergency accesses">
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
  if (leftMs <= 0) return null;
  const { bedId } = grant;
  const label = useBedLabel(bedId);
  return (
    <div className="banner emergency" role="group" aria-label="Emergency access">
      <span role="status">
        <b>EMERGENCY ACCESS</b> to {bedId ? `the patient in ${label}` : 'a patient without a bed'} – every look is recorded and
        reviewed
      </span>
      <span className="idle-left" aria-label="Time left">
        {durationText(leftMs)}
      </span>
      {bedId ? (
        <button type="button" className="button" onClick={() => void navigate({ to: '/b/$bedId', params: { bedId } })}>
          Open the record
        </button>
      ) : null}
      <button type="button" className="button" onClick={() => void end(grant).then((over) => setFailed(!over))}>
        {failed ? 'Not ended – try again' : 'End now'}
      </button>
    </div>
  );
}

/** What staff call the bed, where this screen knows it. */
function useBedLabel(bedId: Grant['bedId']): string {
  const station = useStationIfAny();
  return (bedId && station?.readings()?.beds.get(bedId)?.label) ?? `bed ${bedId ?? ''}`;
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
