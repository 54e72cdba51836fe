import type { CareUnitId } from '@vigil/contracts';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { useCallback, useRef, useState } from 'react';
import { t } from '../words/words.js';
import { AlarmBar } from './alarm-bar.js';
import { AwayPanel } from './away-panel.js';
import { Banners } from './banners.js';
import { EmergencyBanners } from './emergency-banner.js';
import { HelpDialog } from './later-parts.js';
import { useSignal, useStation } from '../parts/hooks.js';
import { useIdentity } from './identity.js';
import { IdleWarning } from './idle-warning.js';
import { LiveRegions } from './live-regions.js';
import { NavLink } from './nav-link.js';
import { OfficeLinks } from './office-links.js';
import { useChanges } from './use-changes.js';
import { useKeys } from './use-keys.js';
import { Guarded } from './screen-states.js';

interface ShellProps {
  readonly careUnitIds: readonly CareUnitId[];
  readonly onChooseUnit: (careUnitId: CareUnitId) => void;
}

/** What stands around every screen: the alarm bar is never covered, and banners push the screen down instead. */
export function Shell({ careUnitIds, onChooseUnit }: ShellProps) {
  const navigate = useNavigate();
  const [helping, setHelping] = useState(false);
  const barAlarmSince = useRef<() => number>(() => performance.now());
  const showAlarm = useCallback((alarmId: string) => void navigate({ to: '/a/$alarmId', params: { alarmId } }), [navigate]);
  const help = useCallback(() => setHelping(true), []);
  useChanges();
  const { hint, spoken } = useKeys(barAlarmSince, help);

  return (
    <div className="shell">
      <a className="skip" href="#screen">
        {t('shell:skip')}
      </a>
      <AlarmBar
        since={barAlarmSince}
        onShowAlarm={showAlarm}
        onHelp={() => setHelping(true)}
        onSecurity={() => void navigate({ to: '/security' })}
        onScreen={() => void navigate({ to: '/screen' })}
      />
      <nav className="tabs" aria-label={t('shell:screens')}>
        <UnitName careUnitIds={careUnitIds} onChoose={onChooseUnit} />
        <NavLink to="/">{t('shell:beds')}</NavLink>
        <NavLink to="/alarms" below>
          {t('shell:alarms')}
        </NavLink>
        <OfficeLinks />
        <PlaceNote />
      </nav>
      <Banners />
      <IdleWarning />
      <EmergencyBanners />
      <AwayPanel />
      <main id="screen" tabIndex={-1}>
        <Guarded>
          <Outlet />
        </Guarded>
      </main>
      <LiveRegions spoken={spoken} />
      <p className="key-hint" role="status" data-shown={hint !== ''}>
        {hint}
      </p>
      <HelpDialog open={helping} onClose={() => setHelping(false)} />
    </div>
  );
}

/** Which station this is, and that its watch goes on whoever is signed in. */
function PlaceNote() {
  const { place } = useIdentity();
  const station = useStation();
  const { kind } = useSignal(station.picture);
  return (
    <span className="tabs-note">
      {place ? (
        <b className="place">
          {t('shell:station', { label: place.label, state: kind === 'live' ? t('shell:running') : t('shell:stationNotLive') })}
        </b>
      ) : null}{' '}
      <span className="tabs-use">{t('shell:secondary')}</span>
    </span>
  );
}

function UnitName({ careUnitIds, onChoose }: { careUnitIds: readonly CareUnitId[]; onChoose: (id: CareUnitId) => void }) {
  const station = useStation();
  const unit = useSignal(station.unit);
  const label = unit?.label ?? station.careUnitId;
  if (careUnitIds.length < 2) return <strong className="unit-name">{label}</strong>;
  return (
    <select
      className="unit-name"
      aria-label={t('shell:careUnit')}
      value={station.careUnitId}
      onChange={(event) => {
        const chosen = careUnitIds.find((id) => id === event.target.value);
        if (chosen) onChoose(chosen);
      }}
    >
      {careUnitIds.map((id) => (
        <option key={id} value={id}>
          {id === station.careUnitId ? label : id}
        </option>
      ))}
    </select>
  );
}
