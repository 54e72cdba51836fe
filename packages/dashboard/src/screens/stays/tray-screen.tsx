import type { BedView, TrayDevice } from '@vigil/contracts';
import { useState } from 'react';
import { assignDevice, tray } from '../../live/stays-api.js';
import { screensOf } from '../../model/screens-of.js';
import { REASONS, type Reason, reasonText } from '../../model/stay-words.js';
import { SelectField, TextField } from '../../parts/form.js';
import { Loaded, Section, Table, whenText } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import '../../styles/stays.css';
import { DeviceLook } from './device-look.js';
import { DoneBar } from './undo-bar.js';
import { useCommand } from './use-command.js';
import { useBeds, whoIn } from './ward.js';
import { textOf, WriteForm } from './write-form.js';

/** Devices that send and are nobody's. What they measured is withheld until somebody says where they were. */
export function TrayScreen() {
  const { user } = useIdentity();
  const { load, again } = useLoad(['stays', 'tray'], () => tray(), { everyMs: 15_000 });
  const [chosen, setChosen] = useState<TrayDevice | null>(null);
  const [done, setDone] = useState<{ readonly text: string; readonly n: number } | null>(null);
  const mayAssign = screensOf(user?.roles ?? []).has('stays');
  return (
    <div className="stays stay-lists">
      <p>{t('stays:trayWhat')}</p>
      {done ? <DoneBar key={done.n} done={done.text} undo={null} /> : null}
      <Loaded load={load} again={again} what={t('stays:theTray')}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="state-note">{t('stays:trayEmpty')}</p>
          ) : (
            <Table
              label={t('stays:trayTitle')}
              head={(['device', 'standsAt', 'since', 'waiting', 'do'] as const).map((head) => t(`stays:tray.${head}`))}
            >
              {items.map((each) => (
                <tr key={each.deviceId}>
                  <th scope="row">
                    {each.deviceId} <bdi className="detail">{each.model ?? t('stays:notRecorded')}</bdi>
                  </th>
                  <td>{each.bedId ?? t('stays:atNoBed')}</td>
                  <td className="nowrap">{whenText(each.oldestMs)}</td>
                  <td>{t('stays:messages', { count: each.messages })}</td>
                  <td>
                    {mayAssign ? (
                      <button type="button" className="button" onClick={() => setChosen(each)}>
                        {t('stays:assign', { device: each.deviceId })}
                      </button>
                    ) : (
                      t('stays:assignByWard')
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Loaded>
      {chosen ? (
        <Section title={t('stays:assign', { device: chosen.deviceId })}>
          <AssignFromTray
            key={chosen.deviceId}
            device={chosen}
            onDone={(text) => {
              setChosen(null);
              setDone({ text, n: (done?.n ?? 0) + 1 });
            }}
            onCancel={() => setChosen(null)}
          />
        </Section>
      ) : null}
    </div>
  );
}

interface AssignProps {
  readonly device: TrayDevice;
  readonly onDone: (text: string) => void;
  readonly onCancel: () => void;
}

function AssignFromTray({ device, onDone, onCancel }: AssignProps) {
  const { load, again } = useBeds();
  const [bedId, setBedId] = useState('');
  const [isChecked, setChecked] = useState(false);
  return (
    <Loaded load={load} again={again} what={t('stays:theBeds')}>
      {(beds) => {
        const bed = beds.find((each) => each.bedId === bedId);
        const who = bed ? whoIn(bed) : null;
        return (
          <>
            <div className="field">
              <label htmlFor="tray-bed">{t('stays:trayBed')}</label>
              <select
                id="tray-bed"
                value={bedId}
                onChange={(event) => {
                  setBedId(event.target.value);
                  setChecked(false);
                }}
              >
                <option value="">{t('stays:choose')}</option>
                {beds.map((each) => (
                  <option key={each.bedId} value={each.bedId}>
                    {each.encounter ? t('stays:bedTaken', { bed: each.label }) : t('stays:bedFree', { bed: each.label })}
                  </option>
                ))}
              </select>
            </div>
            {bed && !who ? <p className="state-note">{t('stays:trayAdmitFirst')}</p> : null}
            {bed && who && !isChecked ? (
              <DeviceLook
                key={bed.bedId}
                who={who}
                place={bed.label}
                deviceIds={[device.deviceId]}
                onMatch={() => setChecked(true)}
              />
            ) : null}
            {bed && who && isChecked ? <AssignForm key={bed.bedId} {...{ device, bed, onDone }} /> : null}
            <button type="button" className="button" onClick={onCancel}>
              {t('stays:cancel')}
            </button>
          </>
        );
      }}
    </Loaded>
  );
}

/** From when it was there decides whose what waits is; further back than now it needs a reason. */
function AssignForm({ device, bed, onDone }: Pick<AssignProps, 'device' | 'onDone'> & { bed: BedView }) {
  const command = useCommand();
  const who = whoIn(bed);
  if (!who) return null;
  /* Never further back than the patient lies there: what was before is somebody else's. */
  const sinceMs = Math.max(device.oldestMs, bed.encounter?.sinceMs ?? 0);
  const isBack = (form: FormData): boolean => textOf(form, 'from') === 'oldest';
  const missing = (form: FormData): string =>
    isBack(form) && (textOf(form, 'reason') === '' || textOf(form, 'note') === '') ? t('stays:whyNeeded') : '';
  const send = (form: FormData): void => {
    const why = isBack(form)
      ? { fromMs: sinceMs as TrayDevice['oldestMs'], reason: textOf(form, 'reason') as Reason, note: textOf(form, 'note') }
      : {};
    const body = { deviceId: device.deviceId, bedId: bed.bedId, ...(device.bedId === null ? {} : { endOther: true }), ...why };
    void command
      .send((by) => assignDevice(body, by))
      .then((after) => (after ? onDone(t('stays:trayAssigned', { device: device.deviceId, bed: bed.label })) : undefined));
  };
  return (
    <WriteForm
      {...{ who, command, missing }}
      place={bed.label}
      verb={t('stays:putHere', { device: device.deviceId })}
      onSend={send}
    >
      <SelectField
        label={t('stays:trayFrom')}
        name="from"
        options={[
          ['now', t('stays:trayFromNow')],
          ['oldest', t('stays:trayFromOldest', { when: whenText(sinceMs) })],
        ]}
      />
      <SelectField
        label={t('stays:whyBack')}
        name="reason"
        defaultValue=""
        options={[['', t('stays:choose')], ...REASONS.map((reason) => [reason, reasonText(reason)] as const)]}
      />
      <TextField label={t('stays:note')} name="note" autoComplete="off" maxLength={200} />
    </WriteForm>
  );
}
