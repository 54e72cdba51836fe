import type { BedId } from '@vigil/contracts';
import { useNavigate } from '@tanstack/react-router';
import { type BedStatus, newestAgeMs } from '../../model/bed-status.js';
import { durationText } from '../../model/format.js';
import { type StandbyShown, standbyText } from '../../model/standby.js';
import type { BedInfo } from '../../model/unit-state.js';
import { useStation } from '../../parts/hooks.js';
import { Ticker } from '../../parts/ticker.js';
import { useIdentity } from '../../shell/identity.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

interface StatusNoteProps {
  readonly bed: BedInfo;
  readonly status: BedStatus;
  readonly standby: StandbyShown | undefined;
}

/** What stands in place of the numbers while there are none. */
export function StatusNote({ bed, status, standby }: StatusNoteProps) {
  const station = useStation();
  const words = standby ? t('beds:standby') : statusWords(status);
  if (!words) return null;
  return (
    <p className="tile-status">
      <b>{words}</b>
      {standby ? <span>{standbyText(standby)}</span> : null}
      <Ticker
        text={(now) => {
          const age = now && newestAgeMs(station.readings()?.readings.get(bed.bedId) ?? new Map(), now);
          return age === null || standby ? '' : t('beds:lastAgo', { age: durationText(age) });
        }}
      />
    </p>
  );
}

function statusWords(status: BedStatus): string {
  switch (status) {
    case 'lost':
      return t('beds:noDataFromBed');
    case 'coverageLost':
      return t('beds:noCoverage');
    case 'waiting':
      return t('beds:waitingFirst');
    case 'empty':
    case 'reporting':
      return '';
  }
}

/** Away by word of a person, while the monitor still sends. */
export function StandbyMark({ standby }: { readonly standby: StandbyShown }) {
  return (
    <span className="tile-standby" title={standbyText(standby)}>
      <b>{t('beds:standby')}</b> <span className="tile-standby-more">{plainText(standbyText(standby))}</span>
    </span>
  );
}

/** To the way in for a patient of this bed; a station with nobody signed in shows none. */
export function AdmitLink({ bedId }: { readonly bedId: BedId }) {
  const { user } = useIdentity();
  const navigate = useNavigate();
  if (!user) return null;
  const href = `/admit?bed=${encodeURIComponent(bedId)}`;
  return (
    <a
      className="button small"
      tabIndex={-1}
      href={href}
      onClick={(event) => {
        event.preventDefault();
        void navigate({ href });
      }}
    >
      {t('beds:admit')}
    </a>
  );
}
