/**
 * A log that shows when somebody changed it: hash chain, Merkle tree, signed checkpoints, and their verifier.
 *
 * Knows bytes and numbers; what an entry means and where it is stored is the caller's.
 */
export { chainNext, EMPTY_HEAD, HASH_BYTES, leafHash, nodeHash } from './hash.js';
export { EMPTY_ROOT, MerkleFrontier, type OnNode } from './merkle-frontier.js';
export {
  consistencyProof,
  inclusionProof,
  isConsistent,
  isIncluded,
  nodesAfter,
  type ReadNode,
  type TreeHead,
} from './merkle-proof.js';
export { ChainState } from './chain-state.js';
export { type NoteFault, type NoteKey, NOTE_BYTES_MAX, openNote, parseNoteKey, parseNoteKeys } from './signed-note.js';
export { type Checkpoint, checkpointText, parseCheckpoint, readCheckpoint, type ReadCheckpoint } from './checkpoint.js';
export { type CheckpointBody, openSigningKeyFile, type Signer, SigningKeyError } from './signing-key.js';
export { makeFolder, writeWhole } from './files.js';
export { describeFinding, type Finding, type FindingKind } from './findings.js';
export type { ColumnValue, EntryFacts, StoredEntry } from './walk.js';
export {
  type AnchorNotes,
  type AnchorReport,
  type AuditReport,
  type PrunedBase,
  verifyAudit,
  type VerifyAudit,
} from './verify-audit.js';
