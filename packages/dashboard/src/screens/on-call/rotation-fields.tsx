import type { Rotation } from '@vigil/contracts';
import { t } from '../../words/words.js';
import { HoursFields } from './hours-fields.js';
import { ChoiceField, LineField, NumberField } from './line-field.js';
import type { Person } from './on-call-frame.js';
import { PersonSelect } from './person-select.js';

const UNITS = ['hour', 'day', 'week'] as const;

interface RotationFieldsProps {
  readonly n: number;
  readonly rotation: Rotation;
  readonly people: readonly Person[];
  readonly onChange: (rotation: Rotation) => void;
  readonly onRemove: () => void;
}

/** Who takes turns in which order, how long a turn is, and when it is handed over. */
export function RotationFields({ n, rotation, people, onChange, onRemove }: RotationFieldsProps) {
  const set = (more: Partial<Rotation>): void => onChange({ ...rotation, ...more });
  return (
    <fieldset className="rotation">
      <legend>{t('onCall:rotationNo', { n })}</legend>
      <div className="fields">
        <LineField label={t('onCall:rotationLabel')} value={rotation.label} onChange={(label) => set({ label })} maxLength={60} />
        <NumberField
          label={t('onCall:everyN')}
          value={rotation.every}
          {...{ min: 1, max: 168 }}
          onChange={(every) => set({ every: Math.min(168, Math.max(1, every ?? 1)) })}
        />
        <ChoiceField
          label={t('onCall:everyUnit')}
          value={rotation.unit}
          options={UNITS.map((unit) => [unit, t(`onCall:unit_${unit}`)])}
          onChange={(unit) => set({ unit })}
        />
        <LineField
          label={t('onCall:handover')}
          type="time"
          value={rotation.handoverTime}
          onChange={(handoverTime) => (handoverTime === '' ? undefined : set({ handoverTime }))}
        />
        <LineField
          label={t('onCall:firstDay')}
          type="date"
          value={rotation.startDate}
          onChange={(startDate) => set({ startDate })}
        />
        <LineField
          label={t('onCall:lastDay')}
          hint={t('onCall:lastDayHint')}
          type="date"
          value={rotation.endDate ?? ''}
          onChange={(endDate) => set({ endDate: endDate === '' ? null : endDate })}
        />
      </div>
      <Participants rotation={rotation} people={people} onChange={(participants) => set({ participants })} />
      <HoursFields
        hours={rotation.hours}
        onChange={(hours) => {
          const { hours: _, ...rest } = rotation;
          onChange(hours === undefined ? rest : { ...rest, hours });
        }}
      />
      <button type="button" className="button plain" onClick={onRemove}>
        {t('onCall:removeRotation', { n })}
      </button>
    </fieldset>
  );
}

type People = Rotation['participants'];

function Participants(props: {
  readonly rotation: Rotation;
  readonly people: readonly Person[];
  readonly onChange: (participants: People) => void;
}) {
  const { rotation, people, onChange } = props;
  const { participants } = rotation;
  const nameOf = (staffId: string): string => people.find((person) => person.staffId === staffId)?.name ?? staffId;
  const swapped = (at: number, with_: number): People => {
    const next = [...participants];
    [next[at], next[with_]] = [next[with_]!, next[at]!];
    return next;
  };
  return (
    <div className="participants">
      <p>{t('onCall:people')}</p>
      <ol>
        {participants.map((staffId, at) => {
          const name = nameOf(staffId);
          return (
            <li key={`${staffId}-${at}`}>
              <bdi>{name}</bdi>
              <button
                type="button"
                className="button"
                aria-label={t('onCall:personUp', { name })}
                disabled={at === 0}
                onClick={() => onChange(swapped(at, at - 1))}
              >
                ↑
              </button>
              <button
                type="button"
                className="button"
                aria-label={t('onCall:personDown', { name })}
                disabled={at === participants.length - 1}
                onClick={() => onChange(swapped(at, at + 1))}
              >
                ↓
              </button>
              <button
                type="button"
                className="button"
                aria-label={t('onCall:personRemove', { name })}
                onClick={() => onChange(participants.filter((_, i) => i !== at))}
              >
                ✕
              </button>
            </li>
          );
        })}
      </ol>
      <PersonSelect
        label={t('onCall:addPerson')}
        name="participant"
        people={people}
        value=""
        onChange={(staffId) => (staffId === '' ? undefined : onChange([...participants, staffId as People[number]]))}
      />
    </div>
  );
}
