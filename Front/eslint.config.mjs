// Rules that find mistakes; how code looks is settled by the code that is there.
const node = Object.fromEntries(['process', 'console', 'URL', 'setTimeout', 'clearTimeout', 'Buffer', 'setImmediate'].map((name) => [name, 'readonly']))
const miniProgram = Object.fromEntries(
  ['wx', 'App', 'Page', 'Component', 'Behavior', 'getApp', 'getCurrentPages', 'require', 'module', 'console', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval']
    .map((name) => [name, 'readonly']),
)

const rules = {
  'no-undef': 'error',
  'no-unused-vars': ['error', { args: 'after-used', caughtErrors: 'none' }],
  'no-const-assign': 'error',
  'no-dupe-keys': 'error',
  'no-duplicate-case': 'error',
  'no-fallthrough': 'error',
  'no-unreachable': 'error',
  'no-self-compare': 'error',
  'no-constant-condition': 'error',
  'no-shadow': 'error',
  'no-var': 'error',
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-async-promise-executor': 'error',
  'no-unsafe-finally': 'error',
  'no-throw-literal': 'error',
  'require-await': 'error',
  'prefer-const': 'error',
  eqeqeq: 'error',
  'max-lines': ['error', { max: 300 }],
  'max-lines-per-function': ['error', { max: 300 }],
  complexity: ['error', 16],
  'no-restricted-properties': [
    'error',
    { object: 'wx', property: 'request', message: 'Pages and components ask services/, never the network.' },
    { object: 'wx', property: 'navigateTo', message: 'openPage() of utils/go.js knows what to do at the tenth page.' },
  ],
}

export default [
  { ignores: ['node_modules/', 'miniprogram_npm/'] },
  { files: ['**/*.js'], languageOptions: { ecmaVersion: 2020, sourceType: 'commonjs', globals: miniProgram }, rules },
  { files: ['services/server.js', 'utils/go.js'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['tests/**/*.js'], languageOptions: { globals: { ...miniProgram, ...node, global: 'readonly', __dirname: 'readonly' } }, rules: { 'max-lines-per-function': 'off' } },
  { files: ['**/*.mjs'], languageOptions: { ecmaVersion: 2022, sourceType: 'module', globals: node }, rules: { ...rules, 'no-restricted-properties': 'off' } },
]
