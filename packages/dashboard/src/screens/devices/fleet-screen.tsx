import type { FleetDevice, FleetGateway } from '@vigil/contracts';
import type { ReactNode } from 'react';
import { devices, gateways } from '../../live/office-api.js';
import { batteryText, byNeed, bytesText, faultText, lastHeardText, presenceText, skewText } from '../../model/fleet-words.js';
import { durationText } from '../../model/format.js';
import { Section, Table, TroubleNote, whenText } from '../../parts/parts.js';
import { type Pages, usePages } from '../../parts/use-pages.js';

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
        As the gateways told last. Battery, signal and firmware are what a device says of itself.{' '}
        <button type="button" className="button" onClick={again}>
          Look again
        </button>
      </p>
      <Section title="Gateways">
        <Listed pages={gates} what="gateways">
          <Gateways items={byNeed(gates.items, (each) => each.gatewayId)} />
        </Listed>
      </Section>
      <Section title="Devices">
        <Listed pages={items} what="devices">
          <Devices items={byNeed(items.items, (each) => each.deviceId)} />
        </Listed>
      </Section>
    </>
  );
}

function Listed<T>({ pages, what, children }: { pages: Pages<T>; what: string; children: ReactNode }) {
  const isEmpty = pages.items.length === 0;
  return (
    <>
      {pages.trouble ? <TroubleNote trouble={pages.trouble} again={pages.again} /> : null}
      {isEmpty && !pages.trouble ? (
        <p className="state-note" role="status">
          {pages.busy ? `Loading ${what}…` : `There are no ${what} yet.`}
        </p>
      ) : null}
      {isEmpty ? null : children}
      {pages.next && !pages.busy ? (
        <button type="button" className="button" onClick={pages.more}>
          Show more
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
  if (faults.length === 0) return <>none</>;
  return (
    <ul className="faults">
      {faults.map(({ fault }) => (
        <li key={fault}>{faultText(fault)}</li>
      ))}
    </ul>
  );
}

const GATEWAY_HEAD = ['Gateway', 'State', 'Faults', 'Waiting to be sent', 'Messages', 'Version', 'Configuration of'];

function Gateways({ items }: { items: readonly FleetGateway[] }) {
  return (
    <Table label="List of gateways" head={GATEWAY_HEAD}>
      {items.map((item) => (
        <tr key={item.gatewayId} data-need={item.faults.length > 0 || !presenceText(item).isWell}>
          <th scope="row">
            {item.gatewayId}
            {item.inSite ? null : <span className="detail">not in the site</span>}
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
  if (state === null) return <td colSpan={4}>Nothing is known of it yet.</td>;
  const { pending, oldestPendingMs, spoolBytes, lagMs, accepted, rejected, version, configIssuedAtMs } = state;
  return (
    <>
      <td>
        {pending} {pending === 1 ? 'message' : 'messages'}
        {pending > 0 ? <span className="detail">oldest {durationText(oldestPendingMs)}</span> : null}
        {spoolBytes === null ? null : <span className="detail">{bytesText(spoolBytes)} stored</span>}
        {lagMs === null ? null : <span className="detail">newest took {Math.round(lagMs)} ms</span>}
      </td>
      <td>
        {accepted} taken
        <span className="detail">{rejected} refused</span>
      </td>
      <td>{version ?? '–'}</td>
      <td className="nowrap">{configIssuedAtMs === null ? '–' : whenText(configIssuedAtMs)}</td>
    </>
  );
}

const DEVICE_HEAD = ['Device', 'Bed', 'State', 'Faults', 'Battery', 'Signal', 'Clock', 'Messages', 'Certificate until'];

function Devices({ items }: { items: readonly FleetDevice[] }) {
  return (
    <Table label="List of devices" head={DEVICE_HEAD}>
      {items.map((item) => (
        <tr key={item.deviceId} data-need={item.faults.length > 0 || !presenceText(item).isWell}>
          <th scope="row">
            {item.deviceId}
            {item.inSite ? null : <span className="detail">not in the site</span>}
            {item.state ? <Make said={item.state.said} /> : null}
          </th>
          <td>{item.bed?.label ?? 'no bed'}</td>
          <td>
            <Presence item={item} />
            <span className="detail">{item.gatewayId === null ? '' : `by ${item.gatewayId}`}</span>
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
    [manufacturer, model].filter(Boolean).join(' '),
    firmware ? `firmware ${firmware}` : '',
    serial ? `serial ${serial}` : '',
    udi ? `UDI ${udi}` : '',
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
  if (state === null) return <td colSpan={5}>No gateway has told of it yet.</td>;
  const { said, skewMs, clockSuspect, accepted, rejected, duplicates, reconnects, certificateNotAfterMs } = state;
  return (
    <>
      <td>{batteryText(said)}</td>
      <td className="nowrap">{said.signalDbm === undefined ? '–' : `${Math.round(said.signalDbm)} dBm`}</td>
      <td>{clockSuspect ? <b>{skewText(skewMs)}</b> : skewText(skewMs)}</td>
      <td>
        {accepted} taken
        <span className="detail">{rejected} refused</span>
        <span className="detail">{duplicates} repeated</span>
        {reconnects === null ? null : <span className="detail">{reconnects} reconnections</span>}
      </td>
      <td className="nowrap">{certificateNotAfterMs === null ? '–' : whenText(certificateNotAfterMs)}</td>
    </>
  );
}
