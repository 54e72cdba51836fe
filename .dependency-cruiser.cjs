/** The arrows of docs/architecture.md. Each comment speaks to whoever just broke the rule. */
'use strict';

const TESTS = '\\.test\\.tsx?$|/test-support/|/testing/|/scripts/|^test/';
/** Shows the components of the dashboard; built apart, for tests and for people who change them. */
const GALLERY = '^packages/dashboard/src/gallery/';
/** Features of the platform: thin Nest around plain functions. */
const FEATURES = [
  'alarms',
  'rule-tests',
  'dead-letters',
  'escalation',
  'on-call',
  'live',
  'patients',
  'devices',
  'history',
  'pages',
  'keys',
  'stream',
  'replay',
  'explain',
  'places',
  'policies',
  'assignments',
  'standby',
  'tray',
  'feed',
  'ehr-in',
  'ehr-out',
];
/** What other features may use: who may do what, the record of it, and where parts report how they are. */
const SHARED = ['access', 'audit', 'http', 'health'];
const src = (names) => `^src/(${names.join('|')})/`;

/** A package of ours may import these and no others. */
function onlyFrom(name, allowed, comment) {
  const path = name === 'edge-gateway' ? '^edge-gateway/src/' : `^packages/${name}/src/`;
  const others = [
    'contracts',
    'domain',
    'certificates',
    'clock',
    'process-log',
    'sealed-records',
    'audit-chain',
    'hub-client',
    'event-hub',
    'simulator',
    'dashboard',
    'demo-inbox',
  ];
  const forbidden = others.filter((other) => other !== name && !allowed.includes(other));
  const gateway = name === 'edge-gateway' ? [] : ['^edge-gateway/'];
  return {
    name: `${name}-imports`,
    severity: 'error',
    comment,
    from: { path, pathNot: TESTS },
    to: { path: [`^packages/(${forbidden.join('|')})/`, '^src/', ...gateway] },
  };
}

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      comment: 'Two files that need each other are one, or need a third: move what both use into a file of its own.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment:
        'The clinical rules take values and return values. Move the I/O to a feature or an adapter and pass its result in. (A hash is a function of its input: node:crypto may stay.)',
      from: { path: '^packages/domain/src/', pathNot: TESTS },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer'],
        pathNot: '^(node:)?crypto$|^node_modules/zod/|^packages/contracts/',
      },
    },
    {
      name: 'contracts-know-only-zod',
      severity: 'error',
      comment:
        'Contracts are what crosses a process border: shapes and nothing else. Put behaviour into domain or into the process that needs it.',
      from: { path: '^packages/contracts/src/', pathNot: TESTS },
      to: { pathNot: '^packages/contracts/|^node_modules/zod/' },
    },
    onlyFrom('contracts', [], 'Contracts are at the bottom: everything imports them, they import nothing of ours.'),
    onlyFrom('domain', ['contracts'], 'Domain knows contracts alone. What it needs from elsewhere is an argument.'),
    onlyFrom('clock', [], 'The clock is used by everything and uses nothing.'),
    onlyFrom('certificates', [], 'Certificates know names and keys. Who may speak for what is for whoever listens.'),
    onlyFrom('process-log', ['clock'], 'The log of a process is used by every main and uses the clock alone.'),
    onlyFrom(
      'audit-chain',
      [],
      'The audit chain knows bytes and numbers. What an entry says and where it lies is for its caller.',
    ),
    onlyFrom('sealed-records', ['clock'], 'Sealed records know bytes and keys. Whoever stores something brings the meaning.'),
    onlyFrom('hub-client', ['clock'], 'The hub client knows Event Hubs, not health. Encode and decode in the caller.'),
    onlyFrom(
      'event-hub',
      ['certificates', 'sealed-records', 'clock', 'process-log'],
      'The local hub knows nothing of health: it could be Azure. Move what needs a contract to its client.',
    ),
    onlyFrom(
      'simulator',
      ['contracts', 'clock', 'process-log'],
      'The simulator is a device: it speaks MQTT and REST like one and shares contracts only.',
    ),
    onlyFrom(
      'demo-inbox',
      ['clock', 'process-log'],
      'The inbox is a mail server for the demo and knows nothing of the platform.',
    ),
    onlyFrom(
      'dashboard',
      ['contracts'],
      'The dashboard speaks REST and socket.io. Share shapes through contracts, and ask the server for what it knows.',
    ),
    onlyFrom(
      'edge-gateway',
      ['certificates', 'contracts', 'domain', 'clock', 'process-log', 'sealed-records', 'hub-client'],
      'The gateway is deployed alone at the bedside. What it shares with the platform lives in packages.',
    ),
    {
      name: 'no-nest-outside-the-shell',
      severity: 'error',
      comment: 'Nest is the shell of the platform. Write plain TypeScript here and wrap it in a feature or in composition.',
      from: { path: '^packages/|^edge-gateway/|^src/(ports|adapters|watchdog|site)/', pathNot: TESTS },
      to: { path: '^node_modules/@nestjs/' },
    },
    {
      name: 'ports-name-needs-only',
      severity: 'error',
      comment:
        'A port says what we need from outside. It imports contracts, domain and the clock types; the answer belongs into an adapter.',
      from: { path: '^src/ports/' },
      to: { pathNot: '^src/ports/|^packages/(contracts|domain|clock)/' },
    },
    {
      name: 'features-meet-in-ports',
      severity: 'error',
      comment:
        'Features meet in ports or on the log, never in each other. Name what you need as a port, or move the shared function to domain.',
      from: { path: `^src/(${FEATURES.join('|')})/`, pathNot: TESTS },
      to: { path: src(FEATURES), pathNot: '^src/$1/' },
    },
    {
      name: 'shared-stays-below-features',
      severity: 'error',
      comment: 'Access and audit serve every feature and know none of them.',
      from: { path: src(SHARED), pathNot: TESTS },
      to: { path: src(FEATURES) },
    },
    {
      name: 'only-composition-names-adapters',
      severity: 'error',
      comment: 'Nobody but composition knows who answers. Ask for the port in your constructor and bind it in src/composition.',
      from: {
        path: '^(src|packages|edge-gateway)/',
        pathNot: `^src/(adapters|composition)/|^src/(main|cli|watchdog)\\.ts$|${TESTS}`,
      },
      to: { path: '^src/adapters/' },
    },
    {
      name: 'adapters-answer-ports',
      severity: 'error',
      comment:
        'An adapter translates between a port and something outside. It knows no feature: pass what it needs as an option. (The form in which an audit entry is stored is a function of its own: src/audit/audit-event.ts.)',
      from: { path: '^src/adapters/', pathNot: TESTS },
      to: {
        path: `${src([...FEATURES, ...SHARED, 'composition', 'site', 'watchdog'])}`,
        pathNot: '^src/alarms/alarm-text\\.ts$|^src/audit/audit-(event|kinds)\\.ts$',
      },
    },
    {
      name: 'drivers-stay-in-adapters',
      severity: 'error',
      comment: 'A driver outside an adapter cannot be replaced. Put the call behind a port.',
      from: { path: '^src/', pathNot: `^src/(adapters|composition)/|${TESTS}` },
      to: {
        path: '^node_modules/(@azure/|@aws-sdk/|@influxdata/|kysely/|nodemailer/|openid-client/|fhir-kit-client/|jose/|standardwebhooks/|rhea|aedes|mqtt/)',
      },
    },
    {
      name: 'nobody-imports-the-top',
      severity: 'error',
      comment:
        'Composition and the entry points are where things come together. What you need from there belongs one level below.',
      from: { path: '^src/', pathNot: `^src/composition/|^src/(main|cli|watchdog)\\.ts$|^src/site/|${TESTS}` },
      to: { path: '^src/composition/|^src/(main|cli|watchdog)\\.ts$' },
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      comment: 'Tests import the product, never the other way. Move what both need to a file without `.test`.',
      from: { path: '^(src|packages|edge-gateway)/', pathNot: [TESTS, GALLERY] },
      to: { path: TESTS },
    },
    {
      name: 'no-gallery-in-the-product',
      severity: 'error',
      comment: 'The gallery shows the components of the dashboard on fixtures. It is built apart, and no screen imports it.',
      from: { pathNot: GALLERY },
      to: { path: GALLERY },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      comment: 'This import leads nowhere: check the path (with its .js suffix) and the package.json of this workspace.',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/' },
    exclude: { path: '/dist(-gallery)?/|/bench/|\\.css$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.mts', '.js', '.mjs', '.cjs', '.json'],
      conditionNames: ['import', 'types', 'default', 'node'],
    },
  },
};
