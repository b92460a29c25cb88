import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sparticuz, { inflate } from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'
import * as z from 'zod'

const FLAGS = [
  // The browser of a test opens nothing but this machine's own pages, and CI runs as root.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Chromium without a window. `CHROMIUM_PATH` names another than the one that comes with the packages, which runs on
 * Linux (x64) without any system package; elsewhere, without `CHROMIUM_PATH`, an installed Chrome is used.
 */
export async function startChromium(): Promise<Browser> {
  const { CHROMIUM_PATH: path } = process.env
  if (path !== undefined && path !== '') {
    return await chromium.launch({ executablePath: path, args: FLAGS })
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return await chromium.launch({ channel: 'chrome', args: FLAGS })
  }
  const folder = await unpack()
  return await chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: FLAGS,
    env: {
      HOME: folder,
      // NSS, NSPR and expat: the only libraries beyond libc that it links, and a small Debian has none of them.
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  })
}

const Manifest = z.object({ version: z.string() })

/** Unpacks the packaged browser once, into a folder of this package that nobody else can write to. */
async function unpack(): Promise<string> {
  const require = createRequire(import.meta.url)
  const root = join(dirname(require.resolve('@sparticuz/chromium')), '..')
  const { version } = Manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
  const binaries = join(root, 'bin')
  const cache = fileURLToPath(new URL('../node_modules/.cache/chromium/', import.meta.url))
  // Two test files may come here at once: each unpacks for itself, and the first one's is kept.
  const folder = join(cache, version)
  if (existsSync(folder)) return folder

  mkdirSync(cache, { recursive: true })
  const fresh = mkdtempSync(join(cache, 'unpacking-'))
  const { TMPDIR } = process.env
  // The package knows no other way to say where to.
  process.env['TMPDIR'] = fresh
  try {
    await sparticuz.executablePath(binaries)
    await inflate(join(binaries, 'al2023.tar.br'))
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = TMPDIR
  }
  writeFileSync(join(fresh, 'fonts.conf'), fontConfiguration(folder))
  try {
    renameSync(fresh, folder)
  } catch (error) {
    rmSync(fresh, { recursive: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}

/** The packaged fonts only, so that pages have the same measures everywhere. */
function fontConfiguration(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`
}
