import type { FeedIdentifier, FeedMove, PlaceName } from '@vigil/contracts';
import { z } from 'zod';
import type { FhirResource } from '../ports/fhir-server.js';

/** Bounds on what is read of one resource. Beyond them it is not read at all: nothing is left out in silence. */
const LIST_MAX = 100;
const short = z.string().max(200);
const list = <T extends z.ZodType>(item: T) => z.array(item).max(LIST_MAX).default([]);

const Meta = z.object({ versionId: z.string().max(64).optional(), lastUpdated: z.string().max(40).optional() });
const Identifier = z.object({ system: z.string().max(160).optional(), value: short.optional(), use: short.optional() });
const Reference = z.object({ reference: z.string().max(400).optional() });
const Period = z.object({ start: z.string().max(40).optional(), end: z.string().max(40).optional() });
const base = {
  id: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,64}$/)
    .refine((id) => !/^\.+$/.test(id)),
  meta: Meta.default({}),
};

const HumanName = z.object({ use: short.optional(), family: short.optional(), given: list(short) });
export const FhirPatient = z.object({
  resourceType: z.literal('Patient'),
  ...base,
  active: z.boolean().optional(),
  identifier: list(Identifier),
  name: list(HumanName),
  birthDate: z.string().max(10).optional(),
  gender: z.string().max(20).optional(),
  link: list(z.object({ other: Reference, type: short })),
});
export type FhirPatient = z.infer<typeof FhirPatient>;

export const FhirEncounter = z.object({
  resourceType: z.literal('Encounter'),
  ...base,
  status: short,
  class: z.object({ code: short.optional() }).optional(),
  identifier: list(Identifier),
  subject: Reference.optional(),
  period: Period.optional(),
  location: list(z.object({ location: Reference, status: short.optional(), period: Period.optional() })),
});
export type FhirEncounter = z.infer<typeof FhirEncounter>;

export const FhirLocation = z.object({ resourceType: z.literal('Location'), ...base, identifier: list(Identifier) });

export const FhirDevice = z.object({
  resourceType: z.literal('Device'),
  ...base,
  status: short.optional(),
  identifier: list(Identifier),
  serialNumber: short.optional(),
  udiCarrier: list(z.object({ carrierHRF: z.string().max(400).optional() })),
});
export type FhirDevice = z.infer<typeof FhirDevice>;

export const FhirPractitioner = z.object({
  resourceType: z.literal('Practitioner'),
  ...base,
  active: z.boolean().optional(),
  identifier: list(Identifier),
});

const Known = z.object({ ...base });

/** What any resource says of itself; null where it has no id that may stand in a path. `version` is the time where it has no number. */
export function selfOf(
  resource: FhirResource,
): { readonly id: string; readonly version: string; readonly atMs: number | null } | null {
  const read = Known.safeParse(resource);
  if (!read.success) return null;
  const { id, meta } = read.data;
  return { id, version: meta.versionId ?? meta.lastUpdated ?? 'none', atMs: instantMs(meta.lastUpdated) };
}

/** Epoch ms of an instant with its offset; null for a day alone, or for what is no time: nothing is made up. */
export function instantMs(text: string | undefined): number | null {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) || atMs < 0 ? null : atMs;
}

/** The id that a reference names at this server; null for another server, another type, or what is contained. */
export function referredId(reference: string | undefined, type: string, baseUrl: string): string | null {
  if (reference === undefined) return null;
  const local = reference.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference;
  const [, id] = new RegExp(`^${type}/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?$`).exec(local) ?? [];
  return id === undefined || /^\.+$/.test(id) ? null : id;
}

/** Identifiers of this system, each once. More than one is for whoever decides; `old` ones are left out. */
export function identifiersOf(
  resource: { readonly identifier: readonly z.infer<typeof Identifier>[] },
  system: string,
): readonly FeedIdentifier[] {
  const found = resource.identifier.flatMap(({ system: own, value, use }) => {
    const text = value?.trim() ?? '';
    return own === system && use !== 'old' && text.length > 0 && text.length <= 64 ? [text] : [];
  });
  return [...new Set(found)].slice(0, 8).map((value) => ({ system, value }));
}

/** What a Location may be called here: its identifiers, and its id under the base. Its display name is for people only. */
export function placeNames(location: z.infer<typeof FhirLocation>, baseUrl: string): readonly PlaceName[] {
  const named = location.identifier.flatMap(({ system, value }) =>
    system !== undefined && value !== undefined && value.length > 0 && value.length <= 120 ? [{ system, value }] : [],
  );
  return [...named, placeById(location.id, baseUrl)];
}

export const placeById = (id: string, baseUrl: string): PlaceName => ({ system: baseUrl, value: id });

const NAME_USES: readonly (string | undefined)[] = ['official', 'usual', undefined];
const SEXES: ReadonlySet<string> = new Set(['female', 'male', 'other', 'unknown']);

/** What the resource says of the person. What it leaves empty is absent. */
export function personOf({ name, birthDate, gender }: FhirPatient): FeedMove['person'] {
  const called = NAME_USES.flatMap((use) => name.filter((each) => each.use === use)).find(({ family }) => filled(family));
  const family = filled(called?.family);
  const given = filled(called?.given.join(' '));
  const isDay = birthDate !== undefined && z.iso.date().safeParse(birthDate).success;
  return {
    ...(family === null ? {} : { familyName: family }),
    ...(given === null ? {} : { givenName: given }),
    ...(isDay ? { birthDate } : {}),
    ...(gender !== undefined && SEXES.has(gender) ? { sex: gender as 'female' } : {}),
  };
}

/** Null for nothing, and for more than a name here may be long: half a name would be another name. */
function filled(text: string | undefined): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' || trimmed.length > 80 ? null : trimmed;
}
