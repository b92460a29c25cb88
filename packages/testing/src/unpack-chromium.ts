/**
 * Unpacks the packaged Chromium, its libraries and its fonts into the temporary folder of this process: `TMPDIR` is the
 * package's only way to say where to. Argument: the package's folder of archives.
 */
import { join } from 'node:path'
import sparticuz, { inflate } from '@sparticuz/chromium'

const [, , archives = ''] = process.argv
await sparticuz.executablePath(archives)
await inflate(join(archives, 'al2023.tar.br'))
