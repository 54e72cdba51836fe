import { shelvesOf, transfer } from '../../live/stays-api.js';
import { recordLeads } from '../../model/stay-words.js';
import { useLoad } from '../../parts/use-load.js';
import { t } from '../../words/words.js';
import { OpenAlarms } from './open-alarms.js';
import type { ShownStay } from './shown-stay.js';
import { useDone } from './undo-bar.js';
import { useCommand } from './use-command.js';
import { useBeds } from './ward.js';
import { textOf, WriteForm } from './write-form.js';

export function TransferForm({ shown }: { shown: ShownStay }) {
  const { bed, stay, who } = shown;
  const { load } = useBeds();
  const done = useDone();
  const command = useCommand();
  const beds = load.kind === 'ready' ? load.value.filter(({ bedId }) => bedId !== bed.bedId) : [];
  const labelOf = (bedId: string): string => beds.find((each) => each.bedId === bedId)?.label ?? bedId;
  const send = (form: FormData): void => {
    const bedId = textOf(form, 'otherBed').toLowerCase() || textOf(form, 'bed');
    const deviceIds = form.getAll('device').map(String);
    const body = { bedId, ...(deviceIds.length > 0 ? { deviceIds } : {}) };
    void command
      .send((by) => transfer(stay.encounterId, body, by))
      .then((after) => {
        if (!after) return;
        const label = labelOf(after.bedId);
        const back = { ...body, bedId: bed.bedId };
        done({
          text: t('stays:transferred', { bed: label }),
          at: { bedId: after.bedId, label },
          undo: {
            what: t('stays:undoTransfer'),
            act: async ({ send: sendBack }) => (await sendBack((by) => transfer(stay.encounterId, back, by))) !== null,
          },
        });
      });
  };
  return (
    <WriteForm
      {...{ who, command }}
      place={bed.label}
      verb={t('stays:transfer')}
      missing={(form) => (textOf(form, 'bed') || textOf(form, 'otherBed') ? '' : t('stays:whereTo'))}
      onSend={send}
    >
      <div className="field">
        <label htmlFor="transfer-bed">{t('stays:toBed')}</label>
        <select id="transfer-bed" name="bed" defaultValue="">
          <option value="">{t('stays:choose')}</option>
          {beds.map((each) => (
            <option key={each.bedId} value={each.bedId} disabled={each.encounter !== null}>
              {each.encounter ? t('stays:bedTaken', { bed: each.label }) : t('stays:bedFree', { bed: each.label })}
            </option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor="transfer-other">{t('stays:otherBed')}</label>
        <input id="transfer-other" name="otherBed" autoComplete="off" autoCapitalize="off" spellCheck={false} maxLength={48} />
      </div>
      <GoesAlong shown={shown} />
    </WriteForm>
  );
}

/** What a transfer takes along by itself, and what a person decides: the devices. */
function GoesAlong({ shown: { bed, stay } }: { shown: ShownStay }) {
  const shelves = useLoad(['stays', 'shelves', stay.encounterId], () => shelvesOf(stay.encounterId));
  const own = bed.limits.filter(({ ownToMs }) => ownToMs !== undefined).length;
  const held = shelves.load.kind === 'ready' ? shelves.load.value.items.filter(({ state }) => state === 'holds').length : null;
  const leads = recordLeads(stay.source);
  return (
    <div className="goes-along">
      <h3>{t('stays:goesAlong')}</h3>
      <OpenAlarms bedId={bed.bedId} />
      <p>{t('stays:ownLimits', { count: own })}</p>
      <p>{held === null ? t('stays:shelvesUnknown') : t('stays:shelves', { count: held })}</p>
      {bed.deviceIds.length > 0 ? (
        <fieldset className="roles">
          <legend>{t('stays:devicesAlong')}</legend>
          {bed.deviceIds.map((deviceId) => (
            <label key={deviceId} className="check">
              <input type="checkbox" name="device" value={deviceId} /> {deviceId}
            </label>
          ))}
        </fieldset>
      ) : null}
      {leads ? <p className="state-note">{t('stays:changeThereToo')}</p> : null}
    </div>
  );
}
