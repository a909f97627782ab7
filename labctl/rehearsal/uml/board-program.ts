/** The program that is a User-Mode Linux machine's firmware and power supply, run inside by the keeper. */
export const umlBoardProgram = new URL('board.ts', import.meta.url).pathname
