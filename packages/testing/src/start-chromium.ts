import { execFile } from 'node:child_process'
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
import { promisify } from 'node:util'
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

const UNPACK = fileURLToPath(new URL('./unpack-chromium.ts', import.meta.url))

const Manifest = z.object({ version: z.string() })

/** Unpacks the packaged browser once, into a folder of this package that nobody else can write to. */
async function unpack(): Promise<string> {
  const require = createRequire(import.meta.url)
  const root = join(dirname(require.resolve('@sparticuz/chromium')), '..')
  const { version } = Manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
  const cache = fileURLToPath(new URL('../node_modules/.cache/chromium/', import.meta.url))
  // Two test files may come here at once: each unpacks for itself, and the first one's is kept.
  const folder = join(cache, version)
  if (existsSync(folder)) return folder

  mkdirSync(cache, { recursive: true })
  const fresh = mkdtempSync(join(cache, 'unpacking-'))
  const archives = join(root, 'bin')
  // In a process of its own: this one has other things to keep in temporary folders meanwhile.
  await promisify(execFile)(process.execPath, [UNPACK, archives], { env: { TMPDIR: fresh } })
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
