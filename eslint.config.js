import js from '@eslint/js';
import globals from 'globals';

const CHROME = 'chrome.* is named in chrome_api.js (worker) and content/seam.js (pages) only.';
const plainScripts = ['kiosk_ext/shared/**', 'kiosk_ext/content/**', 'kiosk_ext/pages/**', 'kiosk_ext/offscreen/**'];

export default [
  { ignores: ['**/vendor/**', 'node_modules/**', 'server/_bundled/**', '.venv/**', 'build/**', 'var/**'] },
  js.configs.recommended,
  {
    rules: {
      'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-console': ['error', { allow: ['warn', 'error'] }],
      'max-lines': ['error', 300],
    },
  },
  {
    files: ['kiosk_ext/**/*.js'],
    languageOptions: { globals: { ...globals.browser, ...globals.serviceworker, chrome: 'readonly' } },
    rules: {
      'no-restricted-globals': ['error', { name: 'chrome', message: CHROME }],
      'no-restricted-properties': [
        'error',
        ...['globalThis', 'self', 'window'].map((object) => ({ object, property: 'chrome', message: CHROME })),
      ],
    },
  },
  {
    files: ['kiosk_ext/chrome_api.js', 'kiosk_ext/content/seam.js'],
    rules: { 'no-restricted-globals': 'off' },
  },
  // Content scripts cannot be modules before the page has begun, and share one global scope.
  { files: plainScripts.map((glob) => `${glob}/*.js`), languageOptions: { sourceType: 'script' } },
  {
    files: ['server/web/static/**/*.js'],
    languageOptions: { sourceType: 'module', globals: globals.browser },
  },
  {
    files: ['tests/**/*.js'],
    languageOptions: { globals: { ...globals.nodeBuiltin, indexedDB: 'readonly', IDBKeyRange: 'readonly' } },
    rules: { 'no-console': 'off' },
  },
];
