"""Trees as they are read in sketches, built by hand: what the tests of drafts start from."""

from collections.abc import Callable, Sequence

from models.layout import Element, Shape


def page(width: int, height: int, *children: Element) -> Element:
    return Element(Shape.PAGE, 0, 0, width, height, children=children)


def box(x: int, y: int, width: int, height: int, *children: Element) -> Element:
    return Element(Shape.BOX, x, y, width, height, children=children)


def text(words: str, x: int, y: int, width: int, height: int, lines: int = 1) -> Element:
    return Element(Shape.TEXT, x, y, width, height, words, lines=lines)


def button(words: str, x: int, y: int, width: int, height: int) -> Element:
    """As it is read: a button with its writing in it."""
    inner = text(words, x + width // 4, y + height // 4, width // 2, height // 2)
    return Element(Shape.BUTTON, x, y, width, height, children=(inner,))


def entry(x: int, y: int, width: int, height: int, hint: str = "") -> Element:
    inner = (text(hint, x + 15, y + 18, 12 * len(hint), 34),) if hint else ()
    return Element(Shape.FIELD, x, y, width, height, children=inner)


def mark(shape: Shape, x: int, y: int, width: int, height: int) -> Element:
    return Element(shape, x, y, width, height)


def joke() -> Element:
    """Two setups, a line for each punchline, one button for both and a note to the reader."""
    return page(
        1000,
        700,
        text("My Joke Website", 322, 38, 348, 78),
        mark(Shape.LINE, 314, 116, 344, 7),
        box(
            89,
            181,
            383,
            235,
            text("Why do programmers prefer dark mode?", 108, 217, 258, 86, lines=2),
            mark(Shape.LINE, 118, 337, 265, 9),
        ),
        box(
            527,
            173,
            384,
            236,
            text("I told my laptop a joke about UDP...", 548, 209, 213, 89, lines=2),
            mark(Shape.LINE, 559, 334, 245, 8),
        ),
        button("reveal punchline", 302, 480, 380, 93),
        mark(Shape.ARROW, 710, 518, 76, 16),
        Element(Shape.NOTE, 855, 457, 65, 39, "click!"),
    )


def punchline() -> Element:
    return page(
        900,
        800,
        text("Joke of the day", 279, 48, 348, 62),
        box(
            118,
            145,
            665,
            312,
            text("Why did the bicycle fall over?", 226, 206, 449, 45),
            button("Show answer", 301, 309, 301, 81),
        ),
        text("It was two tired.", 315, 506, 264, 43),
    )


def login() -> Element:
    return page(
        800,
        900,
        text("Sign in", 323, 49, 157, 77),
        box(
            148,
            158,
            503,
            562,
            text("Email", 183, 200, 76, 40),
            entry(194, 249, 415, 66),
            text("Password", 183, 352, 114, 38),
            entry(187, 397, 425, 68),
            mark(Shape.CHECKBOX, 191, 512, 31, 30),
            text("Remember me", 228, 501, 163, 51),
            button("Log in", 190, 597, 422, 85),
        ),
        text("Forgot your password?", 280, 766, 240, 44),
    )


def contact() -> Element:
    return page(
        1000,
        950,
        text("Write to us", 69, 58, 261, 51),
        text("Name", 71, 169, 88, 31),
        entry(253, 144, 642, 73),
        text("Email", 70, 264, 90, 41),
        entry(258, 244, 637, 73),
        text("Message", 71, 363, 129, 40),
        entry(258, 345, 645, 305),
        button("Send", 642, 704, 265, 90),
        text("We answer within two days.", 81, 844, 366, 36),
    )


def todo() -> Element:
    tasks = ("Buy bread", "Call the bank", "Water the plants", "Fix the bike")
    rows = [
        part
        for n, task in enumerate(tasks)
        for part in (
            mark(Shape.CHECKBOX, 76, 271 + 91 * n, 34, 35),
            text(task, 128, 263 + 91 * n, 14 * len(task), 48),
        )
    ]
    return page(
        800,
        900,
        text("Things to do", 58, 46, 281, 68),
        entry(66, 138, 480, 73, "New task"),
        button("Add", 581, 137, 143, 71),
        *rows,
        text("4 left", 362, 736, 80, 44),
    )


def _columns(make: Callable[[int, str], Sequence[Element]], names: Sequence[str]) -> list[Element]:
    return [box(78 + 370 * n, 150, 320, 490, *make(78 + 370 * n, name)) for n, name in enumerate(names)]


def cards() -> Element:
    trades = {"Ada": "Engineer", "Grace": "Admiral", "Alan": "Dreamer"}

    def card(x: int, name: str) -> list[Element]:
        return [
            mark(Shape.PICTURE, x + 38, 182, 250, 212),
            text(name, x + 125, 426, 75, 50),
            text(trades[name], x + 106, 487, 108, 43),
            mark(Shape.FILLER, x + 46, 558, 220, 32),
        ]

    return page(1200, 760, text("Our team", 507, 41, 197, 62), *_columns(card, list(trades)))


def gallery() -> Element:
    names = ("Beach", "Harbour", "Old town", "Market", "Ferry", "Sunset")
    found = []
    for n, name in enumerate(names):
        x, y = 72 + 331 * (n % 3), 143 + 331 * (n // 3)
        found += [
            mark(Shape.PICTURE, x, y, 292, 234),
            text(name, x + 145 - 7 * len(name), y + 238, 14 * len(name), 39),
        ]
    return page(1100, 900, text("Holiday photos", 403, 27, 294, 78), *found)


def pricing() -> Element:
    plans = {
        "Free": ("0 per month", "1 person"),
        "Home": ("5 per month", "4 people"),
        "Office": ("20 per month", "40 people"),
    }

    def plan(x: int, name: str) -> list[Element]:
        price, people = plans[name]
        return [
            text(name, x + 106, 198, 100, 56),
            text(price, x + 70, 274, 175, 54),
            mark(Shape.LINE, x + 40, 350, 234, 7),
            text(people, x + 94, 392, 127, 58),
            button("Choose", x + 54, 528, 211, 80),
        ]

    return page(1200, 800, text("Pick a plan", 468, 28, 256, 79), *_columns(plan, list(plans)))


def quiz() -> Element:
    rows = [
        part
        for n, town in enumerate(("Bergen", "Oslo", "Trondheim", "Narvik"))
        for part in (
            mark(Shape.RADIO, 99, 262 + 79 * n, 34, 32),
            text(town, 146, 250 + 79 * n, 17 * len(town), 50),
        )
    ]
    return page(
        900,
        900,
        text("Capital quiz", 334, 41, 243, 73),
        text("What is the capital of Norway?", 86, 159, 425, 52),
        *rows,
        button("Check", 85, 636, 263, 85),
        text("Right! It is Oslo.", 79, 760, 210, 49),
    )


def calculator() -> Element:
    """As it is read: the digits, two of them wrongly, and of the signs hardly more than their strokes."""
    read = {
        (0, 0): "7",
        (0, 1): "8",
        (0, 2): "9",
        (1, 0): "4",
        (1, 1): "S",
        (1, 2): "6",
        (1, 3): "*",
        (2, 0): "1",
        (2, 1): "2",
        (2, 2): "3",
        (3, 0): "O",
        (3, 1): "C",
    }
    keys = []
    for row in range(4):
        for column in range(4):
            x, y = 98 + 115 * column, 250 + 145 * row
            words = read.get((row, column))
            if words:
                keys.append(button(words, x, y, 96, 110))
            elif (row, column) == (0, 3):
                keys.append(box(x, y, 96, 110, mark(Shape.LINE, x + 40, y + 38, 10, 31)))
            elif (row, column) == (3, 2):
                keys.append(box(x, y, 96, 110, mark(Shape.PICTURE, x + 40, y + 44, 21, 15)))
            else:
                keys.append(box(x, y, 96, 110))
    return page(640, 900, box(55, 58, 530, 785, entry(96, 96, 442, 105, "42"), *keys))


def blog() -> Element:
    def lines(y: int) -> list[Element]:
        return [mark(Shape.FILLER, 385, y + 40 * n, 700, 34) for n in range(4)]

    return page(
        1200,
        900,
        box(40, 36, 1122, 117, text("The Slow Blog", 74, 54, 265, 69)),
        box(
            39,
            187,
            302,
            640,
            text("Archive", 63, 216, 114, 45),
            text("January", 62, 279, 103, 50),
            text("February", 61, 340, 112, 47),
            text("March", 61, 406, 83, 40),
        ),
        text("On walking", 383, 193, 196, 65),
        *lines(281),
        text("On bread", 384, 501, 161, 53),
        *lines(582),
        text("Read more", 380, 778, 126, 41),
    )


def landing() -> Element:
    return page(
        1200,
        800,
        text("Acme", 46, 35, 101, 57),
        text("Home", 788, 37, 69, 38),
        text("Prices", 917, 33, 98, 46),
        text("About", 1039, 36, 79, 41),
        mark(Shape.LINE, 25, 94, 1145, 18),
        text("Tea that waits for you", 66, 173, 507, 96),
        text("Fresh leaves in your letter box every month.", 70, 280, 416, 103, lines=2),
        button("Order now", 79, 434, 262, 85),
        mark(Shape.PICTURE, 712, 160, 416, 375),
        text("Made with love in Leeds", 470, 679, 264, 43),
    )


KINDS: dict[str, Callable[[], Element]] = {
    "joke": joke,
    "punchline": punchline,
    "login": login,
    "contact": contact,
    "todo": todo,
    "cards": cards,
    "gallery": gallery,
    "pricing": pricing,
    "quiz": quiz,
    "calculator": calculator,
    "blog": blog,
    "landing": landing,
}
