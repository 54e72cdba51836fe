import { ChainState, consistencyProof, inclusionProof, leafHash, MerkleFrontier, type ReadNode } from '@vigil/audit-chain';
import type { AuditLog } from '../ports/audit-log.js';

/** Subtrees below this level are made of their entries, in one read; the store keeps the others. */
const STORED_LEVEL_MIN = 8;
/** Nodes that are kept while proofs are made. */
const RECENT_MAX = 20_000;

/** Reads the nodes of the log's tree: from the store, from the entries, or from the base where entries are gone. */
export async function nodesOf(log: AuditLog): Promise<ReadNode> {
  const base = await log.base();
  const pruned = base === null ? MerkleFrontier.empty() : ChainState.restore(base.state).frontier;
  const recent = new Map<string, Buffer>();
  return async (level, index) => {
    const known = pruned.nodeAt(level, index) ?? recent.get(`${level}/${index}`) ?? null;
    if (known !== null) return known;
    const hash = await readNode(log, level, index);
    if (hash === null) return null;
    // Proofs of neighbours share most of their nodes.
    if (recent.size >= RECENT_MAX) recent.clear();
    recent.set(`${level}/${index}`, hash);
    return hash;
  };
}

async function readNode(log: AuditLog, level: number, index: number): Promise<Buffer | null> {
  if (level >= STORED_LEVEL_MIN) {
    const stored = await log.node(level, index);
    return stored === null ? null : Buffer.from(stored, 'base64');
  }
  const width = 2 ** level;
  const entries = await log.read({ afterSeq: index * width, toSeq: (index + 1) * width, limit: width });
  if (entries.length < width) return null;
  const tree = MerkleFrontier.empty();
  for (const { content } of entries) tree.append(leafHash(Buffer.from(content)));
  return tree.root();
}

/**
 * Shows that entry `seq` is in the tree of the first `size` entries; base64.
 *
 * @param nodes of the same log, for many proofs in a row
 * @throws Error when a part that the proof needs is gone
 */
export async function proveEntry(log: AuditLog, seq: number, size: number, nodes?: ReadNode): Promise<string[]> {
  const path = await inclusionProof(seq - 1, size, nodes ?? (await nodesOf(log)));
  return path.map((hash) => hash.toString('base64'));
}

/** Shows that the log of `second` entries begins with that of `first`; base64. */
export async function proveGrowth(log: AuditLog, first: number, second: number): Promise<string[]> {
  const path = await consistencyProof(first, second, await nodesOf(log));
  return path.map((hash) => hash.toString('base64'));
}

/** The chain's state after entry `size`, put together from what is kept. Null where that is not possible any more. */
export async function stateAt(log: AuditLog, size: number): Promise<ChainState | null> {
  const base = await log.base();
  const start = base === null ? ChainState.empty() : ChainState.restore(base.state);
  if (size < start.size) return null;
  if (size === start.size) return start;
  const [last] = await log.read({ afterSeq: size - 1, toSeq: size, limit: 1 });
  const nodes = await nodesOf(log);
  const hashes: string[] = [];
  for (let [level, before] = [Math.floor(Math.log2(size)), 0]; level >= 0; level -= 1) {
    const width = 2 ** level;
    if (Math.floor(size / width) % 2 === 0) continue;
    const hash = await nodes(level, before / width);
    if (hash === null) return null;
    hashes.push(hash.toString('base64'));
    before += width;
  }
  return last === undefined ? null : ChainState.restore([last.chain, size, ...hashes].join(' '));
}
