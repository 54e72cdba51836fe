import { openSegmentHeaders, type Sealer } from '@vigil/sealed-records';
import { sealContext, sideName, type SpoolPlace, tocName } from './segments.js';
import { readToc, type TocBuilder, type TocEntry } from './toc.js';

const aad = (first: number): Buffer => Buffer.from(`toc:${first}`);

/** Writes the table of contents beside a segment, durably, and answers its size. @throws whatever the disk throws */
export async function writeToc(
  { disk }: Pick<SpoolPlace, 'disk'>,
  first: number,
  sealer: Sealer,
  toc: TocBuilder,
): Promise<number> {
  const bytes = Buffer.concat([sealer.header, sealer.seal(toc.encode(), aad(first))]);
  await disk.replaceDurably(tocName(first), bytes);
  return bytes.length;
}

/** What a segment holds or held; null where its table of contents is not there or damaged. */
export async function loadToc(place: SpoolPlace, first: number): Promise<TocEntry[] | null> {
  const bytes = await place.disk.readSmall(tocName(first)).catch(() => null);
  if (bytes === null) return null;
  try {
    const side = await place.disk.readSmall(sideName(first));
    const { opener, headerLength } = await openSegmentHeaders(
      place.keys,
      { own: bytes, side },
      sealContext(place.gatewayId, first),
    );
    return [...readToc(opener.open(bytes.subarray(headerLength), aad(first)))];
  } catch {
    // Without it the loss is declared by count and times.
    return null;
  }
}
