import { FeedMove, Patient, type Task, type TaskSaid } from '@vigil/contracts';
import { z } from 'zod';
import { plainText } from '../words/plain-text.js';
import { t } from '../words/words.js';
import { birthDateText } from './format.js';
import { personName } from './identity-check.js';

/** One fact of a task as the message says it and as Vigil knows it. */
export interface Side {
  readonly what: string;
  readonly said: string;
  readonly known: string;
  readonly differs: boolean;
}

const Known = z.object({
  patients: z.array(z.object({ patient: Patient })).catch([]),
  stay: z.object({ bedId: z.string() }).nullable().catch(null),
});

const placeName = (place: FeedMove['place']): string => (place ? plainText(`${place.system} ${place.value}`) : '');

export const reasonOfTask = (reason: Task['reason']): string => t(`stays:task.${reason}`);
export const kindOfMove = (kind: FeedMove['kind']): string => t(`stays:move.${kind}`);

/** Both sides of a message that waits; null where it could not be read, and then nobody guesses. */
export function sidesOf(detail: Readonly<Record<string, unknown>> | null): readonly Side[] | null {
  const move = FeedMove.safeParse(detail?.['message']);
  if (!move.success) return null;
  const known = Known.safeParse(detail?.['known']);
  const people = known.success ? known.data.patients.map(({ patient }) => patient) : [];
  const one = people.length === 1 ? people[0] : undefined;
  const differs = z.array(z.string()).catch([]).parse(detail?.['differs']);
  const { person, identifiers, place, fromPlace, kind } = move.data;
  const several =
    people.length > 1 ? people.map((each) => `${personName(each)} ${birthDateText(each.birthDate)}`).join('; ') : '';
  const name = (who: { familyName?: string | undefined; givenName?: string | undefined }): string =>
    personName({ familyName: who.familyName ?? '', givenName: who.givenName ?? '' });
  const side = (what: string, said: string, knownText: string, fields: readonly string[] = []): Side => ({
    ...{ what, said, known: knownText, differs: fields.some((field) => differs.includes(field)) },
  });
  return [
    side(t('stays:side.kind'), kindOfMove(kind), ''),
    side(t('stays:side.identifiers'), identifiers.map(({ value }) => plainText(value)).join(', '), one ? plainText(one.mrn) : ''),
    side(t('stays:side.name'), name(person), one ? personName(one) : several, ['familyName', 'givenName']),
    side(
      t('stays:side.birthDate'),
      person.birthDate ? birthDateText(person.birthDate) : '',
      one ? birthDateText(one.birthDate) : '',
      ['birthDate'],
    ),
    side(t('stays:side.sex'), person.sex ? t(`stays:sex.${person.sex}`) : '', one ? t(`stays:sex.${one.sex}`) : '', ['sex']),
    side(t('stays:side.place'), placeName(place), known.success ? (known.data.stay?.bedId ?? '') : ''),
    side(t('stays:side.from'), placeName(fromPlace), ''),
  ].filter(({ said, known: knownText }) => said !== '' || knownText !== '');
}

/** The same for who sees no names: places, and which fields differ. */
export function saidWithoutPerson(said: TaskSaid['said']): readonly Side[] | null {
  if (said === null) return null;
  const rows = [
    [t('stays:side.kind'), kindOfMove(said.kind)],
    [t('stays:side.place'), placeName(said.place)],
    [t('stays:side.from'), placeName(said.fromPlace)],
    [t('stays:side.systems'), said.identifierSystems.map(plainText).join(', ')],
    [t('stays:side.differ'), said.differs.map(plainText).join(', ')],
  ] as const;
  return rows.filter(([, text]) => text !== '').map(([what, text]) => ({ what, said: text, known: '', differs: false }));
}
