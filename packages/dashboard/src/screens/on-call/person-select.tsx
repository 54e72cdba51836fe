import { useId } from 'react';
import { t } from '../../words/words.js';
import type { Person } from './on-call-frame.js';

/** One person of a list, by name. */
export function PersonSelect(props: {
  readonly label: string;
  readonly name: string;
  readonly people: readonly Person[];
  readonly value: string;
  readonly onChange: (staffId: string) => void;
  /** What stands for nobody in particular. */
  readonly none?: string;
}) {
  const id = useId();
  const { label, name, people, value, onChange, none } = props;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} name={name} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{none ?? t('onCall:choosePerson')}</option>
        {people.map((person) => (
          <option key={person.staffId} value={person.staffId}>
            {person.name}
          </option>
        ))}
      </select>
    </div>
  );
}
