/** Prints `N passed, N failed` as the very last line of a run. A run without a test, or one that could not be set up, has failed. */
import type { Reporter, SerializedError, TestModule } from 'vitest/node'

export default class ClosingLine implements Reporter {
  #passed = 0
  #failed = 0
  #skipped = 0

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    this.#failed += errors.length
    for (const module of modules) {
      // A file that could not be imported, or whose hook failed, is a failure of its own.
      this.#failed += module.errors().length
      for (const suite of module.children.allSuites()) this.#failed += suite.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') this.#passed += 1
        else if (state === 'skipped') this.#skipped += 1
        else this.#failed += 1
      }
    }
    if (this.#passed + this.#failed === 0) this.#failed = 1
    if (this.#failed > 0) process.exitCode = 1
    // Teardown of the global set-up prints after this point; only the exit hook comes later.
    process.once('exit', () => {
      const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : ''
      process.stdout.write(`\n${this.#passed} passed, ${this.#failed} failed${skipped}\n`)
    })
  }
}
