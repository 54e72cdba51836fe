import { type Station, StationOffReason, type UnitPresence } from '@vigil/contracts';
import { useState } from 'react';
import { revokeStation, switchStationOff, switchStationOn } from '../../live/office-api.js';
import { type Answer, type Trouble, troubleText } from '../../live/problem.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Form, SelectField, useSubmit } from '../../parts/form.js';
import { TroubleNote, whenText } from '../../parts/parts.js';
import { useIdentity } from '../../shell/identity.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

const HOUR_MS = 3_600_000;
const DAY_H = 24;
/** A week is the most that the server takes; a minute less, because its clock is read some time after this one. */
const HOURS = [1, 4, 12, DAY_H, 3 * DAY_H, 7 * DAY_H] as const;
const SLACK_MS = 60_000;

export type StationPresence = UnitPresence['stations'][number];

interface StationRowProps {
  readonly station: Station;
  /** Null where this page has no live picture of its care unit, or the station has never drawn. */
  readonly presence: StationPresence | null;
  readonly manages: boolean;
  readonly onChanged: () => void;
}

/** One shared screen: whether it shows the beds and can be heard, and for whoever may, switching it off and revoking it. */
export function StationRow({ station, presence, manages, onChanged }: StationRowProps) {
  const isOff = station.offUntilMs !== undefined;
  const isWrong = presence !== null && !isOff && (presence.state === 'silent' || isMute(presence));
  return (
    <tr data-disabled={station.state === 'revoked'} data-need={isWrong}>
      <th scope="row">
        <bdi>{plainText(station.label)}</bdi>
      </th>
      <td>{station.careUnitId}</td>
      <td>{t(`stations:state_${station.state}`)}</td>
      <td>{station.state === 'enrolled' ? <Screen presence={presence} offUntilMs={station.offUntilMs ?? null} /> : '–'}</td>
      <td>{station.lastSeenMs === null ? t('stations:never') : whenText(station.lastSeenMs)}</td>
      {manages ? <td>{station.state === 'revoked' ? null : <Changes station={station} onChanged={onChanged} />}</td> : null}
    </tr>
  );
}

const isMute = ({ sound }: StationPresence): boolean => sound === 'blocked' || sound === 'off';

function Screen({ presence, offUntilMs }: { presence: StationPresence | null; offUntilMs: number | null }) {
  const off =
    offUntilMs === null ? null : <span className="detail">{t('stations:screenOff', { when: whenText(offUntilMs) })}</span>;
  if (presence === null) {
    return (
      <>
        {t('stations:screenUnknown')}
        {off}
      </>
    );
  }
  const { state, sound, sinceMs } = presence;
  const words = t(`stations:screen_${state}`);
  return (
    <>
      {state === 'silent' && off === null ? <b>{words}</b> : words}
      {off}
      {sound === null || state === 'silent' ? null : (
        <span className="detail">{isMute(presence) ? <b>{t(`stations:sound_${sound}`)}</b> : t(`stations:sound_${sound}`)}</span>
      )}
      <span className="detail">{t('stations:screenSince', { when: whenText(sinceMs) })}</span>
    </>
  );
}

function Changes({ station, onChanged }: { station: Station; onChanged: () => void }) {
  const { checked } = useIdentity();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const label = plainText(station.label);
  const act = async (ask: () => Promise<Answer<unknown>>): Promise<void> => {
    if (busy) return;
    setBusy(true);
    const answer = checked(await ask());
    setBusy(false);
    setTrouble(answer.ok ? null : answer.trouble);
    if (answer.ok) onChanged();
  };
  if (asking) {
    const done = (isChanged: boolean): void => {
      setAsking(false);
      if (isChanged) onChanged();
    };
    return <SwitchOff station={station} onDone={done} />;
  }
  return (
    <div className="row-actions">
      {station.state !== 'enrolled' ? null : station.offUntilMs === undefined ? (
        <button type="button" className="button small" onClick={() => setAsking(true)}>
          {t('stations:switchOff')}
        </button>
      ) : (
        <button
          type="button"
          className="button small"
          aria-disabled={busy}
          onClick={() => void act(() => switchStationOn(station.stationId))}
        >
          {busy ? t('stations:sending') : t('stations:switchOn')}
        </button>
      )}
      <ConfirmButton
        name={t('stations:revoke')}
        question={t('stations:revokeAsk', { label })}
        onConfirm={() => void act(() => revokeStation(station.stationId))}
      />
      {trouble ? <TroubleNote trouble={trouble} /> : null}
    </div>
  );
}

const lengthText = (hours: number): string =>
  hours < DAY_H ? t('stations:offHours', { count: hours }) : t('stations:offDays', { count: hours / DAY_H });

/** Why, and for how long: without an end a dark screen would be forgotten. */
function SwitchOff({ station, onDone }: { station: Station; onDone: (isChanged: boolean) => void }) {
  const { checked, serverNowMs } = useIdentity();
  const { busy, error, run } = useSubmit();
  const submit = (form: FormData): void =>
    void run(async () => {
      const reason = StationOffReason.parse(form.get('reason'));
      const untilMs = Math.round(serverNowMs() + Number(form.get('hours')) * HOUR_MS - SLACK_MS);
      const answer = checked(await switchStationOff(station.stationId, { reason, untilMs: untilMs as Station['createdMs'] }));
      if (!answer.ok) return troubleText(answer.trouble);
      onDone(true);
      return '';
    });
  return (
    <div role="group" aria-label={t('stations:switchOffOf', { label: plainText(station.label) })}>
      <p>{t('stations:switchOffWhat')}</p>
      <Form error={error} onSubmit={submit}>
        <SelectField
          label={t('stations:offWhy')}
          name="reason"
          options={StationOffReason.options.map((reason) => [reason, t(`stations:offWhy.${reason}`)] as const)}
        />
        <SelectField
          label={t('stations:offFor')}
          name="hours"
          defaultValue="12"
          options={HOURS.map((hours) => [String(hours), lengthText(hours)] as const)}
        />
        <div className="form-buttons">
          <button type="submit" className="button primary" aria-disabled={busy}>
            {busy ? t('stations:sending') : t('stations:switchOff')}
          </button>
          <button type="button" className="button" onClick={() => onDone(false)}>
            {t('stations:cancel')}
          </button>
        </div>
      </Form>
    </div>
  );
}
