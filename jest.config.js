/** One project per kind of test (CONTRIBUTING.md, "Tests"). Sources are compiled by swc; types are checked by `npm run check`. */
const common = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: {
    '^@vigil/edge-gateway$': '<rootDir>/edge-gateway/src/index.ts',
    '^@vigil/([a-z-]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: [
    '<rootDir>/dist/',
    '<rootDir>/packages/.*/dist/',
    '<rootDir>/edge-gateway/dist/',
    '<rootDir>/\\.vigil',
  ],
};

/** Against a real FHIR server, which takes its time to start: a project of their own. */
const FHIR_LIVE = '/fhir-[a-z]+\\.live\\.test\\.ts$';

const project = (displayName, testMatch, more = {}) => ({ ...common, displayName, testMatch, ...more });

export default {
  testSequencer: '<rootDir>/jest-order.config.mjs',
  // It ends what hangs. How fast a busy machine is decides no test.
  testTimeout: 30_000,
  projects: [
    project('unit', [
      '<rootDir>/packages/*/src/**/*.test.ts',
      '<rootDir>/edge-gateway/src/**/*.test.ts',
      '<rootDir>/src/**/*.test.ts',
      '<rootDir>/test/unit/**/*.test.ts',
    ]),
    project('contract', ['<rootDir>/test/contract/**/*.test.ts'], { testPathIgnorePatterns: ['/node_modules/', FHIR_LIVE] }),
    project('fhir', ['<rootDir>/test/contract/fhir-*.live.test.ts']),
    project('engine', [
      '<rootDir>/test/oracle/**/*.test.ts',
      '<rootDir>/test/oracle-on-call/**/*.test.ts',
      '<rootDir>/test/simulation/**/*.test.ts',
    ]),
    project('golden', ['<rootDir>/test/golden/**/*.test.ts']),
    project('flow', ['<rootDir>/test/flow/**/*.test.ts']),
    project('faults', ['<rootDir>/test/faults/**/*.test.ts']),
    project('browser', ['<rootDir>/test/browser/**/*.test.ts']),
  ],
};
