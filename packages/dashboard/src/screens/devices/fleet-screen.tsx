import type { FleetDevice, FleetGateway } from '@vigil/contracts';
import type { ReactNode } from 'react';
import { devices, gateways } from '../../live/office-api.js';
import { batteryText, byNeed, bytesText, faultText, lastHeardText, presenceText, skewText } from '../../model/fleet-words.js';
import { durationText } from '../../model/format.js';
import { Section, Table, TroubleNote, whenText } from '../../parts/parts.js';
import { type Pages, usePages } from '../../parts/use-pages.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

/** Devices and gateways for those who look after them. Shows no patient. */
export function FleetScreen() {
  const gates = usePages<FleetGateway>('gateways', gateways);
  const items = usePages<FleetDevice>('devices', devices);
  const again = (): void => {
    gates.again();
    items.again();
  };
  return (
    <>
      <p>
        {t('devices:lead')}{' '}
        <button type="button" className="button" onClick={again}>
          {t('devices:lookAgain')}
        </button>
      </p>
      <Section title={t('devices:gateways')}>
        <Listed pages={gates} loading={t('devices:loadingGateways')} none={t('devices:noGateways')}>
          <Gateways items={byNeed(gates.items, (each) => each.gatewayId)} />
        </Listed>
      </Section>
      <Section title={t('devices:devices')}>
        <Listed pages={items} loading={t('devices:loadingDevices')} none={t('devices:noDevices')}>
          <Devices items={byNeed(items.items, (each) => each.deviceId)} />
        </Listed>
      </Section>
    </>
  );
}

interface ListedProps<T> {
  readonly pages: Pages<T>;
  readonly loading: string;
  readonly none: string;
  readonly children: ReactNode;
}

function Listed<T>({ pages, loading, none, children }: ListedProps<T>) {
  const isEmpty = pages.items.length === 0;
  return (
    <>
      {pages.trouble ? <TroubleNote trouble={pages.trouble} again={pages.again} /> : null}
      {isEmpty && !pages.trouble ? (
        <p className="state-note" role="status">
          {pages.busy ? loading : none}
        </p>
      ) : null}
      {isEmpty ? null : children}
      {pages.next && !pages.busy ? (
        <button type="button" className="button" onClick={pages.more}>
          {t('devices:more')}
        </button>
      ) : null}
    </>
  );
}

function Presence({ item }: { item: FleetDevice | FleetGateway }) {
  const { words, isWell } = presenceText(item);
  const heard = lastHeardText(item);
  return (
    <>
      {isWell ? words : <b>{words}</b>}
      {heard === '' ? null : <span className="detail">{heard}</span>}
    </>
  );
}

function Faults({ faults }: { faults: readonly { readonly fault: string }[] }) {
  if (faults.length === 0) return <>{t('devices:noFaults')}</>;
  return (
    <ul className="faults">
      {faults.map(({ fault }) => (
        <li key={fault}>{faultText(fault)}</li>
      ))}
    </ul>
  );
}

const gatewayHead = (): readonly string[] => [
  ...[t('devices:colGateway'), t('devices:colState'), t('devices:colFaults'), t('devices:colWaiting')],
  ...[t('devices:colMessages'), t('devices:colVersion'), t('devices:colConfiguration')],
];

function Gateways({ items }: { items: readonly FleetGateway[] }) {
  return (
    <Table label={t('devices:listOfGateways')} head={gatewayHead()}>
      {items.map((item) => (
        <tr key={item.gatewayId} data-need={item.faults.length > 0 || !presenceText(item).isWell}>
          <th scope="row">
            {item.gatewayId}
            {item.inSite ? null : <span className="detail">{t('devices:notInSite')}</span>}
          </th>
          <td>
            <Presence item={item} />
          </td>
          <td>
            <Faults faults={item.faults} />
          </td>
          <GatewayFigures state={item.state} />
        </tr>
      ))}
    </Table>
  );
}

function GatewayFigures({ state }: { state: FleetGateway['state'] }) {
  if (state === null) return <td colSpan={4}>{t('devices:nothingKnown')}</td>;
  const { pending, oldestPendingMs, spoolBytes, lagMs, accepted, rejected, version, configIssuedAtMs } = state;
  return (
    <>
      <td>
        {t('devices:messages', { count: pending })}
        {pending > 0 ? <span className="detail">{t('devices:oldest', { age: durationText(oldestPendingMs) })}</span> : null}
        {spoolBytes === null ? null : <span className="detail">{t('devices:stored', { bytes: bytesText(spoolBytes) })}</span>}
        {lagMs === null ? null : <span className="detail">{t('devices:newestTook', { ms: Math.round(lagMs) })}</span>}
      </td>
      <td>
        {t('devices:taken', { n: accepted })}
        <span className="detail">{t('devices:refused', { n: rejected })}</span>
      </td>
      <td>{version ?? '–'}</td>
      <td className="nowrap">{configIssuedAtMs === null ? '–' : whenText(configIssuedAtMs)}</td>
    </>
  );
}

const deviceHead = (): readonly string[] => [
  ...[t('devices:colDevice'), t('devices:colBed'), t('devices:colState'), t('devices:colFaults'), t('devices:colBattery')],
  ...[t('devices:colSignal'), t('devices:colClock'), t('devices:colMessages'), t('devices:colCertificate')],
];

function Devices({ items }: { items: readonly FleetDevice[] }) {
  return (
    <Table label={t('devices:listOfDevices')} head={deviceHead()}>
      {items.map((item) => (
        <tr key={item.deviceId} data-need={item.faults.length > 0 || !presenceText(item).isWell}>
          <th scope="row">
            {item.deviceId}
            {item.inSite ? null : <span className="detail">{t('devices:notInSite')}</span>}
            {item.state ? <Make said={item.state.said} /> : null}
          </th>
          <td>{item.bed ? <bdi>{plainText(item.bed.label)}</bdi> : t('devices:noBed')}</td>
          <td>
            <Presence item={item} />
            <span className="detail">{item.gatewayId === null ? '' : t('devices:by', { gateway: item.gatewayId })}</span>
          </td>
          <td>
            <Faults faults={item.faults} />
          </td>
          <DeviceFigures state={item.state} />
        </tr>
      ))}
    </Table>
  );
}

/** What identifies the device itself: never a patient. */
function Make({ said }: { said: NonNullable<FleetDevice['state']>['said'] }) {
  const { manufacturer, model, firmware, serial, udi } = said;
  const lines = [
    plainText([manufacturer, model].filter(Boolean).join(' ')),
    firmware ? t('devices:firmware', { firmware }) : '',
    serial ? t('devices:serial', { serial }) : '',
    udi ? t('devices:udi', { udi }) : '',
  ];
  return lines
    .filter((line) => line !== '')
    .map((line) => (
      <span key={line} className="detail">
        {line}
      </span>
    ));
}

function DeviceFigures({ state }: { state: FleetDevice['state'] }) {
  if (state === null) return <td colSpan={5}>{t('devices:noGatewayTold')}</td>;
  const { said, skewMs, clockSuspect, accepted, rejected, duplicates, reconnects, certificateNotAfterMs } = state;
  return (
    <>
      <td>{batteryText(said)}</td>
      <td className="nowrap">{said.signalDbm === undefined ? '–' : `${Math.round(said.signalDbm)} dBm`}</td>
      <td>{clockSuspect ? <b>{skewText(skewMs)}</b> : skewText(skewMs)}</td>
      <td>
        {t('devices:taken', { n: accepted })}
        <span className="detail">{t('devices:refused', { n: rejected })}</span>
        <span className="detail">{t('devices:repeated', { n: duplicates })}</span>
        {reconnects === null ? null : <span className="detail">{t('devices:reconnections', { n: reconnects })}</span>}
      </td>
      <td className="nowrap">{certificateNotAfterMs === null ? '–' : whenText(certificateNotAfterMs)}</td>
    </>
  );
}
