// The rules that find mistakes; how the code looks is prettier's matter (npx prettier --check, see package.json).
import js from '@eslint/js'

const words = (text) =>
  Object.fromEntries(
    text
      .trim()
      .split(/\s+/)
      .map((name) => [name, 'readonly']),
  )

const NODE = words('process console URL Buffer')
const BROWSER = words(`
  window document location history navigator console fetch crypto localStorage sessionStorage setTimeout clearTimeout setInterval
  clearInterval requestAnimationFrame performance URL URLSearchParams AbortController FileReader FormData Image Node DOMParser MutationObserver IntersectionObserver
  MouseEvent Touch TouchEvent Event CSS matchMedia getComputedStyle devicePixelRatio innerWidth innerHeight
`)

export default [
  { ignores: ['node_modules/', 'dist/'] },
  js.configs.recommended,
  {
    rules: {
      'no-unused-vars': ['error', { varsIgnorePattern: '^_' }],
      'prefer-const': 'error',
      'no-var': 'error',
      eqeqeq: 'error',
      // The wx API fails with a reason, a text: convention.js turns it into errMsg.
      'no-throw-literal': 'off',
    },
  },
  { files: ['build/**', '*.mjs'], languageOptions: { ecmaVersion: 2023, sourceType: 'module', globals: NODE } },
  { files: ['runtime/**'], languageOptions: { ecmaVersion: 2023, sourceType: 'module', globals: BROWSER } },
]
