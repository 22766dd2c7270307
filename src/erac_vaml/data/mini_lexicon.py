"""The words of the mini translation task, one table per kind; the first rows are the most frequent."""

from erac_vaml.data.corpus import Words


def _rows(table: str) -> list[Words]:
    return [line.split() for line in table.strip().splitlines()]


# German singular, gender, plural; English singular/plural, then its synonyms.
PEOPLE = _rows("""
mann        m  männer        man/men          guy/guys
frau        f  frauen        woman/women      lady/ladies
kind        n  kinder        child/children   kid/kids
freund      m  freunde       friend/friends   pal/pals
lehrerin    f  lehrerinnen   teacher/teachers
arzt        m  ärzte         doctor/doctors   physician/physicians
dieb        m  diebe         thief/thieves    robber/robbers
königin     f  königinnen    queen/queens
mädchen     n  mädchen       girl/girls
""")
ANIMALS = _rows("""
hund        m  hunde         dog/dogs         hound/hounds
katze       f  katzen        cat/cats
pferd       n  pferde        horse/horses
vogel       m  vögel         bird/birds
""")
THINGS = _rows("""
buch        n  bücher        book/books
auto        n  autos         car/cars         automobile/automobiles
brief       m  briefe        letter/letters
bild        n  bilder        picture/pictures image/images
tür         f  türen         door/doors
apfel       m  äpfel         apple/apples
stein       m  steine        stone/stones     rock/rocks
blume       f  blumen        flower/flowers
kiste       f  kisten        box/boxes        crate/crates
ring        m  ringe         ring/rings
""")
PLACES = _rows("""
haus        n  häuser        house/houses
stadt       f  städte        city/cities      town/towns
garten      m  gärten        garden/gardens   yard/yards
schule      f  schulen       school/schools
wald        m  wälder        forest/forests   wood/woods
küche       f  küchen        kitchen/kitchens
""")
# Third person singular, plural, participle, separable particle or "-", kind of object; English third person singular,
# plural and participle, then its synonyms.
VERBS = _rows("""
sieht       sehen       gesehen     -    any     sees/see/seen            spots/spot/spotted
findet      finden      gefunden    -    any     finds/find/found         discovers/discover/discovered
kauft       kaufen      gekauft     -    things  buys/buy/bought          purchases/purchase/purchased
ruft        rufen       angerufen   an   people  calls/call/called        phones/phone/phoned
sucht       suchen      gesucht     -    any     seeks/seek/sought
nimmt       nehmen      mitgenommen mit  any     takes/take/taken         grabs/grab/grabbed
macht       machen      aufgemacht  auf  things  opens/open/opened
liebt       lieben      geliebt     -    people  loves/love/loved         adores/adore/adored
schaut      schauen     angeschaut  an   any     watches/watch/watched
malt        malen       gemalt      -    any     paints/paint/painted     draws/draw/drawn
holt        holen       abgeholt    ab   any     fetches/fetch/fetched    collects/collect/collected
versteckt   verstecken  versteckt   -    things  hides/hide/hidden        conceals/conceal/concealed
lädt        laden       eingeladen  ein  people  invites/invite/invited
""")
# Third person singular, plural; English singular/plural, then its synonyms; "_" stands between English words.
MODALS = _rows("""
will        wollen      wants_to/want_to  wishes_to/wish_to
kann        können      can/can
muss        müssen      must/must         has_to/have_to
""")
# German word (of an adjective its stem); English, then its synonyms; "_" stands between English words.
ADJECTIVES = _rows("""
groß        big         large
klein       small       little
alt         old         ancient
schön       beautiful   pretty
gut         good        nice
seltsam     strange     odd
rot         red
schwer      heavy
schmutzig   dirty       filthy
still       quiet       silent
berühmt     famous      well-known
gelb        yellow
""")
TIMES = _rows("""
heute       today
oft         often       frequently
morgens     in_the_morning
abends      in_the_evening  at_night
manchmal    sometimes   occasionally
allein      alone
""")
PREPOSITIONS = _rows("""
in          in          inside
bei         near        close_to
hinter      behind
""")
CONJUNCTIONS = _rows("""
weil        because     since
wenn        when        whenever
obwohl      although    though
bevor       before
""")
# Invented names and their genders: a long tail, so that some are too rare for the vocabulary.
NAMES = [
    [first + second + last, gender]
    for second in ("n", "r", "l", "s", "m", "k", "d", "t")
    for first in ("a", "be", "ka", "lo", "mi", "ni", "pe", "ra", "su", "to", "vi", "we", "ju", "ha", "fi", "e")
    for last, gender in (("a", "f"), ("o", "m"))
]

ARTICLES = {  # by (definite, case) and form
    (True, "nominative"): {"m": "der", "f": "die", "n": "das", "plural": "die"},
    (True, "accusative"): {"m": "den", "f": "die", "n": "das", "plural": "die"},
    (True, "dative"): {"m": "dem", "f": "der", "n": "dem", "plural": "den"},
    (False, "nominative"): {"m": "ein", "f": "eine", "n": "ein", "plural": ""},
    (False, "accusative"): {"m": "einen", "f": "eine", "n": "ein", "plural": ""},
    (False, "dative"): {"m": "einem", "f": "einer", "n": "einem", "plural": ""},
}
ADJECTIVE_ENDINGS = {  # by (definite, case) and form
    (True, "nominative"): {"m": "e", "f": "e", "n": "e", "plural": "en"},
    (True, "accusative"): {"m": "en", "f": "e", "n": "e", "plural": "en"},
    (True, "dative"): {"m": "en", "f": "en", "n": "en", "plural": "en"},
    (False, "nominative"): {"m": "er", "f": "e", "n": "es", "plural": "e"},
    (False, "accusative"): {"m": "en", "f": "e", "n": "es", "plural": "e"},
    (False, "dative"): {"m": "en", "f": "en", "n": "en", "plural": "en"},
}
PRONOUNS = {"m": "er", "f": "sie", "n": "es", "plural": "sie"}
PERSONAL_PRONOUNS = {"m": "he", "f": "she", "n": "it", "plural": "they"}
"""English pronouns of people; an animal is "it"."""
