import type { CareUnitId } from '@vigil/contracts';
import { useCallback, useEffect, useRef, useState } from 'react';
import { AlarmBar } from './alarm-bar.js';
import { AlarmsScreen } from './alarms-screen.js';
import { Banners } from './banners.js';
import { BedRecord } from './bed-record.js';
import { BedsScreen } from './beds-screen.js';
import { EmergencyBanners } from './emergency-banner.js';
import { HelpDialog } from './help-dialog.js';
import { usePath, useSignal, useStation } from './hooks.js';
import { useIdentity } from './identity.js';
import { IdleWarning } from './idle-warning.js';
import { LiveRegions } from './live-regions.js';
import { runKey } from './keys.js';
import { NavLink } from './nav-link.js';
import { OfficeLinks, OfficeScreen, officeTitle } from './office-screens.js';

interface ShellProps {
  readonly careUnitIds: readonly CareUnitId[];
  readonly onChooseUnit: (careUnitId: CareUnitId) => void;
}

/** What stands around every screen: the alarm bar is never covered, and banners push the screen down instead. */
export function Shell({ careUnitIds, onChooseUnit }: ShellProps) {
  const station = useStation();
  const [path, go] = usePath();
  const [helping, setHelping] = useState(false);
  const barAlarmSince = useRef<() => number>(() => performance.now());
  const showAlarm = useCallback((alarmId: string) => go(`/a/${alarmId}`), [go]);
  const showRecord = useCallback((bedId: string) => go(`/b/${bedId}`), [go]);
  const alarmsOpen = path.startsWith('/alarms') || path.startsWith('/a/');
  const office = officeTitle(path);
  const bedId = path.startsWith('/b/') ? path.slice(3) : null;

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void =>
      runKey(event, station, {
        help: () => setHelping(true),
        record: showRecord,
        barSince: () => barAlarmSince.current(),
      });
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [station, showRecord]);

  return (
    <div className="shell">
      <a className="skip" href="#screen">
        Skip to the screen
      </a>
      <AlarmBar
        since={barAlarmSince}
        onShowAlarm={showAlarm}
        onHelp={() => setHelping(true)}
        onSecurity={() => go('/security')}
      />
      <nav className="tabs" aria-label="Screens">
        <UnitName careUnitIds={careUnitIds} onChoose={onChooseUnit} />
        <NavLink to="/" current={!alarmsOpen && !office && !bedId} go={go}>
          Beds
        </NavLink>
        <NavLink to="/alarms" current={alarmsOpen} go={go}>
          Alarms
        </NavLink>
        <OfficeLinks path={path} go={go} />
        <PlaceNote />
      </nav>
      <Banners />
      <IdleWarning />
      <EmergencyBanners go={go} />
      <main id="screen" tabIndex={-1}>
        {office ? (
          <OfficeScreen path={path} go={go} />
        ) : bedId ? (
          <BedRecord key={bedId} bedId={bedId} />
        ) : (
          <>
            <h1 className="visually-hidden">{alarmsOpen ? 'Alarms' : 'Beds'}</h1>
            {alarmsOpen ? <AlarmsScreen path={path} go={go} /> : <BedsScreen onShowAlarm={showAlarm} onShowRecord={showRecord} />}
          </>
        )}
      </main>
      <LiveRegions />
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
          Station: {place.label} – {kind === 'live' ? 'surveillance running' : 'NOT LIVE'}
        </b>
      ) : null}{' '}
      <span className="tabs-use">Secondary display – the bedside monitor is primary</span>
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
      aria-label="Care unit"
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
