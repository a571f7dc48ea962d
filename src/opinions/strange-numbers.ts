/** Numbers in a text that are not in what it was made from: a model that writes about figures likes to add some. */
const NUMBER = /\d+(?:[.,]\d+)*/g;

export function strangeNumbers(text: string, material: string): readonly string[] {
  const known = new Set(numbersIn(material));
  return [...new Set(numbersIn(text))].filter((number) => !known.has(number));
}

function numbersIn(text: string): readonly string[] {
  const found = text.replaceAll(/\brunner-\d+\b/gi, "").match(NUMBER) ?? [];
  // 1,234 is 1234; 0.50 is 0.5.
  return found.map((number) => {
    const plain = number.replaceAll(/,(?=\d{3}(?!\d))/g, "");
    return Number.isFinite(Number(plain)) ? String(Number(plain)) : plain;
  });
}
