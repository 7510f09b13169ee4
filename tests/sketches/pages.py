"""Twelve sketches of pages, as people draw them for a program to build, each with what it says."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from PIL import Image

from models.layout import Shape
from tests.sketches.pencil import Pencil, Truth

HANDS = PATRICK, GOCHI, SHADOWS = "PatrickHand", "GochiHand", "ShadowsIntoLight"

Sheet = Callable[[tuple[int, int], str, int], Pencil]  # size, handwriting, seed


@dataclass(frozen=True)
class Sketch:
    """A picture of it, and what there is to find in it."""

    image: Image.Image
    truth: Truth


@cache
def sketch(name: str, hand: int = 0) -> Sketch:
    """One of `SKETCHES`, drawn by one of several people: each has another handwriting and another hold."""

    def sheet(size: tuple[int, int], font: str, seed: int) -> Pencil:
        font = HANDS[(HANDS.index(font) + hand) % len(HANDS)]
        return Pencil(size, font, seed + 100 * hand, wobble=2.0 + 0.3 * hand)

    pencil, turn = SKETCHES[name](sheet)
    image = pencil.paper(turn * (1 - hand), light=0.12 + 0.06 * hand)
    return Sketch(image, pencil.truth)


def joke(sheet: Sheet) -> tuple[Pencil, float]:
    p = sheet((1000, 700), PATRICK, 1)
    p.text(500, 80, "My Joke Website", 56, "center")
    p.line(320, 120, 690, 118)
    p.box(90, 180, 380, 230)
    p.box(530, 178, 380, 232)
    p.text(115, 235, "Why do programmers", 32)
    p.text(115, 280, "prefer dark mode?", 32)
    p.line(118, 340, 380, 338)
    p.text(555, 235, "I told my laptop a", 32)
    p.text(555, 280, "joke about UDP...", 32)
    p.line(560, 340, 800, 342)
    p.button(300, 480, 380, 90, "reveal punchline", 36)
    p.arrow(850, 500, 710, 530)
    p.text(860, 480, "click!", 26, note=True)
    return p, 0.8


def punchline(sheet: Sheet) -> tuple[Pencil, float]:
    p = sheet((900, 800), GOCHI, 2)
    p.text(450, 80, "Joke of the day", 50, "center")
    p.box(120, 150, 660, 300)
    p.text(450, 230, "Why did the bicycle fall over?", 36, "center")
    p.button(300, 310, 300, 80, "Show answer", 34)
    p.text(450, 530, "It was two tired.", 36, "center")
    return p, -0.6


def login(sheet: Sheet) -> tuple[Pencil, float]:
    p = sheet((800, 900), PATRICK, 3)
    p.text(400, 90, "Sign in", 54, "center")
    p.box(150, 160, 500, 560)
    p.text(190, 220, "Email", 30)
    p.box(190, 250, 420, 64, Shape.FIELD)
    p.text(190, 370, "Password", 30)
    p.box(190, 400, 420, 64, Shape.FIELD)
    p.box(190, 510, 34, 34, Shape.CHECKBOX)
    p.text(240, 528, "Remember me", 28)
    p.button(190, 600, 420, 80, "Log in", 36)
    p.text(400, 790, "Forgot your password?", 28, "center")
    return p, 0


def landing(sheet: Sheet) -> tuple[Pencil, float]:
    p = sheet((1200, 800), SHADOWS, 4)
    p.text(60, 60, "Acme", 44)
    for n, words in enumerate(("Home", "Prices", "About")):
        p.text(800 + 130 * n, 60, words, 30)
    p.line(30, 105, 1170, 103)
    p.text(80, 220, "Tea that waits for you", 58)
    p.text(80, 310, "Fresh leaves in your letter box", 34)
    p.text(80, 360, "every month.", 34)
    p.button(80, 430, 260, 84, "Order now", 36)
    p.picture(720, 170, 400, 360)
    p.text(600, 700, "Made with love in Leeds", 28, "center")
    return p, 0.5


def cards(sheet: Sheet) -> tuple[Pencil, float]:
    p = sheet((1200, 760), PATRICK, 5)
    p.text(600, 70, "Our team", 54, "center")
    for n, (name, role) in enumerate((("Ada", "Engineer"), ("Grace", "Admiral"), ("Alan", "Dreamer"))):
        x = 80 + n * 370
        p.box(x, 150, 320, 480)
        p.picture(x + 40, 190, 240, 200)
        p.text(x + 160, 450, name, 40, "center")
        p.text(x + 160, 510, role, 30, "center")
        p.waves(x + 50, 575, 220)
    return p, -0.7


def todo(sheet: Sheet) -> tuple[Pencil, float]:
    p = sheet((800, 900), GOCHI, 6)
    p.text(70, 80, "Things to do", 52)
    p.box(70, 140, 480, 70, Shape.FIELD)
    p.text(90, 175, "New task", 28)
    p.button(580, 140, 150, 70, "Add", 32)
    for n, words in enumerate(("Buy bread", "Call the bank", "Water the plants", "Fix the bike")):
        p.box(75, 270 + n * 90, 36, 36, Shape.CHECKBOX)
        p.text(140, 288 + n * 90, words, 34)
    p.text(400, 760, "4 left", 28, "center")
    return p, 0.6


def gallery(sheet: Sheet) -> tuple[Pencil, float]:
    p = sheet((1100, 900), PATRICK, 7)
    p.text(550, 70, "Holiday photos", 52, "center")
    names = ("Beach", "Harbour", "Old town", "Market", "Ferry", "Sunset")
    for n, name in enumerate(names):
        x, y = 80 + n % 3 * 330, 150 + n // 3 * 330
        p.picture(x, y, 280, 220)
        p.text(x + 140, y + 250, name, 30, "center")
    return p, 0


def calculator(sheet: Sheet) -> tuple[Pencil, float]:
    p = sheet((640, 900), GOCHI, 8)
    p.box(60, 60, 520, 780)
    p.box(100, 100, 440, 100, Shape.FIELD)
    p.text(510, 150, "42", 48, "right")
    for n, key in enumerate("789/456*123-0C=+"):
        p.button(100 + n % 4 * 115, 250 + n // 4 * 145, 95, 110, key, 48)
    return p, 0.4


def blog(sheet: Sheet) -> tuple[Pencil, float]:
    p = sheet((1200, 900), PATRICK, 9)
    p.box(40, 40, 1120, 110)
    p.text(80, 95, "The Slow Blog", 50)
    p.box(40, 190, 300, 640)
    p.text(70, 240, "Archive", 36)
    for n, month in enumerate(("January", "February", "March")):
        p.text(70, 310 + 60 * n, month, 30)
    for y, title in ((230, "On walking"), (530, "On bread")):
        p.text(390, y, title, 46)
        for n in range(4):
            p.waves(390, y + 70 + 40 * n, 700)
    p.text(390, 800, "Read more", 30)
    return p, -0.4


def pricing(sheet: Sheet) -> tuple[Pencil, float]:
    p = sheet((1200, 800), SHADOWS, 10)
    p.text(600, 70, "Pick a plan", 56, "center")
    plans = (
        ("Free", "0 per month", "1 person"),
        ("Home", "5 per month", "4 people"),
        ("Office", "20 per month", "40 people"),
    )
    for n, (name, cost, people) in enumerate(plans):
        x = 80 + 370 * n
        p.box(x, 150, 310, 500)
        p.text(x + 155, 220, name, 46, "center")
        p.text(x + 155, 300, cost, 34, "center")
        p.line(x + 40, 350, x + 270, 352)
        p.text(x + 155, 420, people, 32, "center")
        p.button(x + 50, 530, 210, 76, "Choose", 34)
    return p, 0.7


def quiz(sheet: Sheet) -> tuple[Pencil, float]:
    p = sheet((900, 900), PATRICK, 11)
    p.text(450, 80, "Capital quiz", 52, "center")
    p.text(90, 190, "What is the capital of Norway?", 38)
    for n, town in enumerate(("Bergen", "Oslo", "Trondheim", "Narvik")):
        p.circle(115, 280 + 80 * n, 17)
        p.text(160, 280 + 80 * n, town, 34)
    p.button(90, 640, 260, 84, "Check", 36)
    p.text(90, 790, "Right! It is Oslo.", 34)
    return p, -0.8


def contact(sheet: Sheet) -> tuple[Pencil, float]:
    p = sheet((1000, 950), GOCHI, 12)
    p.text(80, 80, "Write to us", 54)
    for y, label, height in ((180, "Name", 66), (280, "Email", 66), (380, "Message", 300)):
        p.text(80, y, label, 32)
        p.box(260, y - 30, 640, height, Shape.FIELD)
    p.button(640, 710, 260, 84, "Send", 36)
    p.text(80, 860, "We answer within two days.", 30)
    return p, 0.9


SKETCHES: dict[str, Callable[[Sheet], tuple[Pencil, float]]] = {
    make.__name__: make
    for make in (
        *(joke, punchline, login, landing, cards, todo),
        *(gallery, calculator, blog, pricing, quiz, contact),
    )
}
