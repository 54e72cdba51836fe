import { discharge, reopen } from '../../live/stays-api.js';
import { mayCorrectStays } from '../../model/screens-of.js';
import { recordLeads } from '../../model/stay-words.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { OpenAlarms, useOpenAlarms } from './open-alarms.js';
import type { ShownStay } from './shown-stay.js';
import { useDone } from './undo-bar.js';
import { useCommand } from './use-command.js';
import { textOf, WriteForm } from './write-form.js';

/** The end of the watching: open alarms are named, and what becomes of the devices is asked, never guessed. */
export function DischargeForm({ shown: { bed, stay, who } }: { shown: ShownStay }) {
  const { user } = useIdentity();
  const command = useCommand();
  const done = useDone();
  const open = useOpenAlarms(bed.bedId)?.length ?? 0;
  const hasDevices = bed.deviceIds.length > 0;
  const missing = (form: FormData): string => {
    if (open > 0 && form.get('seen') === null) return t('stays:alarmsNotSeen', { count: open });
    return hasDevices && textOf(form, 'devices') === '' ? t('stays:devicesWhere') : '';
  };
  const send = (form: FormData): void => {
    const devices = textOf(form, 'devices') === 'end' ? 'end' : 'keep';
    void command
      .send((by) => discharge(stay.encounterId, { devices }, by))
      .then((after) => {
        if (!after) return;
        const left = after.devices.map(({ deviceId }) => deviceId).join(', ');
        const text = left ? t('stays:dischargedWith', { devices: left }) : t('stays:discharged');
        const note = t('stays:undoNote');
        done({
          text,
          undo: mayCorrectStays(user?.roles ?? [])
            ? {
                what: t('stays:undoDischarge'),
                act: async ({ send: sendBack }) =>
                  (await sendBack((by) => reopen(stay.encounterId, { reason: 'other', note }, by), after.rev)) !== null,
              }
            : null,
        });
      });
  };
  return (
    <WriteForm {...{ who, command, missing }} place={bed.label} verb={t('stays:discharge')} danger onSend={send}>
      <p>{t('stays:dischargeWhat')}</p>
      <OpenAlarms bedId={bed.bedId} />
      {open > 0 ? (
        <label className="check">
          <input type="checkbox" name="seen" /> {t('stays:alarmsSeen', { count: open })}
        </label>
      ) : null}
      {hasDevices ? (
        <fieldset className="roles">
          <legend>{t('stays:devicesGo', { count: bed.deviceIds.length, devices: bed.deviceIds.join(', ') })}</legend>
          {(['keep', 'end'] as const).map((where) => (
            <label key={where} className="reason">
              <input type="radio" name="devices" value={where} /> {t(`stays:devices.${where}`)}
            </label>
          ))}
        </fieldset>
      ) : null}
      {mayCorrectStays(user?.roles ?? []) ? null : <p className="field-hint">{t('stays:reopenByCharge')}</p>}
      {recordLeads(stay.source) ? <p className="state-note">{t('stays:changeThereToo')}</p> : null}
    </WriteForm>
  );
}
