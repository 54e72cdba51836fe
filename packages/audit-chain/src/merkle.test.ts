import fc from 'fast-check';
import { leafHash, nodeHash } from './hash.js';
import { EMPTY_ROOT, MerkleFrontier } from './merkle-frontier.js';
import { consistencyProof, inclusionProof, isConsistent, isIncluded, nodesAfter, type ReadNode } from './merkle-proof.js';

/** Leaves and roots of the reference tests of certificate transparency (transparency-dev/merkle, testonly/constants.go). */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((hex) =>
  leafHash(Buffer.from(hex, 'hex')),
);
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** RFC 9162 §2.1.1 read aloud: the slow tree that the fast one has to equal. */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length <= 1) return leaves[0] ?? EMPTY_ROOT;
  const split = splitOf(leaves.length);
  return nodeHash(naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)));
}

/** PATH of RFC 9162 §2.1.3.1. */
function naivePath(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length <= 1) return [];
  const split = splitOf(leaves.length);
  return index < split
    ? [...naivePath(index, leaves.slice(0, split)), naiveRoot(leaves.slice(split))]
    : [...naivePath(index - split, leaves.slice(split)), naiveRoot(leaves.slice(0, split))];
}

/** SUBPROOF of RFC 9162 §2.1.4.1. */
function naiveSubproof(first: number, leaves: readonly Buffer[], isWhole: boolean): Buffer[] {
  if (first === leaves.length) return isWhole ? [] : [naiveRoot(leaves)];
  const split = splitOf(leaves.length);
  return first <= split
    ? [...naiveSubproof(first, leaves.slice(0, split), isWhole), naiveRoot(leaves.slice(split))]
    : [...naiveSubproof(first - split, leaves.slice(split), false), naiveRoot(leaves.slice(0, split))];
}

function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

const leaf = (index: number): Buffer => leafHash(Buffer.from(`leaf ${index}`));
const leavesTo = (size: number): Buffer[] => Array.from({ length: size }, (_, index) => leaf(index));

function frontierOf(leaves: readonly Buffer[]): MerkleFrontier {
  const frontier = MerkleFrontier.empty();
  for (const hash of leaves) frontier.append(hash);
  return frontier;
}

/** Every perfect subtree, as a store that keeps all nodes would have it. */
function allNodes(leaves: readonly Buffer[]): ReadNode {
  const nodes = new Map<string, Buffer>();
  const frontier = MerkleFrontier.empty();
  for (const hash of leaves) frontier.append(hash, (level, index, node) => nodes.set(`${level}/${index}`, node));
  return async (level, index) => nodes.get(`${level}/${index}`) ?? null;
}

const afterSize = (size: number, leaves: readonly Buffer[]): ReadNode =>
  nodesAfter(frontierOf(leaves.slice(0, size)), async (index) => leaves[index] ?? null);

const sizes = fc.integer({ min: 0, max: 200 });
const ordered = fc.tuple(sizes, sizes).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

test('roots are those of the reference tests of certificate transparency', () => {
  expect(ROOTS.map((_, size) => frontierOf(LEAVES.slice(0, size)).root().toString('hex'))).toEqual(ROOTS);
});

test('proofs are those of the reference tests of certificate transparency', async () => {
  const hex = (path: readonly Buffer[]): string[] => path.map((hash) => hash.toString('hex'));
  const nodes = allNodes(LEAVES);
  expect(hex(await inclusionProof(2, 3, nodes))).toEqual([ROOTS[2]]);
  expect(hex(await consistencyProof(6, 8, nodes))).toEqual([
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
  expect(hex(await consistencyProof(2, 5, nodes))).toEqual([
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  ]);
});

test('the frontier has the root of the slow tree at every size', () => {
  for (let size = 0; size <= 200; size += 1) expect(frontierOf(leavesTo(size)).root()).toEqual(naiveRoot(leavesTo(size)));
});

test('a frontier that was stored and read again goes on as if nothing had happened', () => {
  fc.assert(
    fc.property(ordered, ([first, second]) => {
      const leaves = leavesTo(second);
      const restored = MerkleFrontier.restore(frontierOf(leaves.slice(0, first)).serialise());
      for (const hash of leaves.slice(first)) restored.append(hash);
      expect(restored.root()).toEqual(naiveRoot(leaves));
    }),
  );
});

test.each(['', 'x', '-1', '1', '3 AAAA', '01 ', '1e3', `2 ${leaf(1).toString('base64')} ${leaf(2).toString('base64')}`])(
  'text that is not a frontier is refused: %j',
  (text) => expect(() => MerkleFrontier.restore(text)).toThrow(/not the frontier/),
);

test('inclusion proofs are those of the RFC and lead to the root, from all nodes and from a frontier alone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 130 }), fc.nat(), fc.nat(), async (size, somewhere, early) => {
      const leaves = leavesTo(size);
      const index = somewhere % size;
      const path = await inclusionProof(index, size, allNodes(leaves));
      expect(path).toEqual(naivePath(index, leaves));
      expect(await inclusionProof(index, size, afterSize(early % (index + 1), leaves))).toEqual(path);
      expect(isIncluded({ leaf: leaf(index), index, size, root: naiveRoot(leaves), path })).toBe(true);
    }),
  );
});

test('consistency proofs are those of the RFC and lead to both roots, from all nodes and from a frontier alone', async () => {
  await fc.assert(
    fc.asyncProperty(ordered, fc.nat(), async ([first, second], early) => {
      const leaves = leavesTo(second);
      const path = await consistencyProof(first, second, allNodes(leaves));
      if (first > 0) expect(path).toEqual(naiveSubproof(first, leaves, true));
      expect(await consistencyProof(first, second, afterSize(early % (first + 1), leaves))).toEqual(path);
      const [a, b] = [naiveRoot(leaves.slice(0, first)), naiveRoot(leaves)];
      expect(isConsistent({ size: first, root: a }, { size: second, root: b }, path)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('a proof with anything changed proves nothing', async () => {
  const change = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte)));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 100 }), fc.nat(), fc.nat(), async (size, a, b) => {
      const leaves = leavesTo(size);
      const [index, root, nodes] = [a % size, naiveRoot(leaves), allNodes(leaves)];
      const path = await inclusionProof(index, size, nodes);
      const spoilt = path.map((hash, at) => (at === b % path.length ? change(hash) : hash));
      const proof = { leaf: leaf(index), index, size, root, path };
      expect(isIncluded({ ...proof, path: spoilt })).toBe(false);
      expect(isIncluded({ ...proof, path: path.slice(1) })).toBe(false);
      expect(isIncluded({ ...proof, path: [...path, leaf(0)] })).toBe(false);
      expect(isIncluded({ ...proof, leaf: change(leaf(index)) })).toBe(false);
      expect(isIncluded({ ...proof, root: change(root) })).toBe(false);
      const first = 1 + (a % (size - 1));
      const steps = await consistencyProof(first, size, nodes);
      const [old, now] = [
        { size: first, root: naiveRoot(leaves.slice(0, first)) },
        { size, root },
      ];
      const at = b % steps.length;
      expect(
        isConsistent(
          old,
          now,
          steps.map((hash, i) => (i === at ? change(hash) : hash)),
        ),
      ).toBe(false);
      expect(isConsistent(old, now, steps.slice(1))).toBe(false);
      expect(isConsistent(old, now, [...steps, leaf(0)])).toBe(false);
      expect(isConsistent({ ...old, root: change(old.root) }, now, steps)).toBe(false);
      expect(isConsistent(old, { ...now, root: change(root) }, steps)).toBe(false);
    }),
  );
});

test('no path makes a smaller tree the successor of a larger one, nor two trees of one size equal', () => {
  const [seven, eight] = [leavesTo(7), leavesTo(8)].map((leaves) => ({ size: leaves.length, root: naiveRoot(leaves) })) as [
    { size: number; root: Buffer },
    { size: number; root: Buffer },
  ];
  expect(isConsistent(eight, seven, [])).toBe(false);
  expect(isConsistent(seven, { ...seven, root: leaf(1) }, [])).toBe(false);
  expect(isConsistent(seven, seven, [leaf(1)])).toBe(false);
  expect(isConsistent({ size: 0, root: leaf(1) }, seven, [])).toBe(false);
});

test('a path that ends too early proves nothing, although it ends at the root that is claimed', () => {
  const [a, b] = [leaf(0), leaf(1)];
  expect(isIncluded({ leaf: a, index: 0, size: 2, root: a, path: [] })).toBe(false);
  expect(isConsistent({ size: 1, root: a }, { size: 3, root: nodeHash(a, b) }, [b])).toBe(false);
});

test('a leaf that is not in the tree, and a larger first tree, have no proof', async () => {
  const nodes = allNodes(leavesTo(4));
  await expect(inclusionProof(4, 4, nodes)).rejects.toThrow(RangeError);
  await expect(consistencyProof(5, 4, nodes)).rejects.toThrow(RangeError);
  await expect(inclusionProof(1, 8, nodes)).rejects.toThrow(/not at hand/);
});
