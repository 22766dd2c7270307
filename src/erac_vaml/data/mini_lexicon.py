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
# plural and participle of the first word, "_" between English words. First the usual wording, then two or three that
# share words.
VERBS = _rows("""
sieht       sehen       gesehen     -    any     catches/catch/caught_sight_of  has/have/had_a_look_at  takes/take/taken_a_look_at  gets/get/gotten_a_look_at
findet      finden      gefunden    -    any     happens/happen/happened_on  comes/come/come_right_across  runs/run/run_right_across
kauft       kaufen      gekauft     -    things  buys/buy/bought  pays/pay/paid_good_money_for  gives/give/given_good_money_for
ruft        rufen       angerufen   an   people  phones/phone/phoned_up  gives/give/given_a_call_to  puts/put/put_in_a_call_to  makes/make/made_a_call_to
sucht       suchen      gesucht     -    any     tries/try/tried_to_find  stays/stay/stayed_on_the_lookout_for  keeps/keep/kept_on_the_lookout_for
nimmt       nehmen      mitgenommen mit  any     takes/take/taken_along  goes/go/gone_off_with  runs/run/run_off_with  walks/walk/walked_off_with
macht       machen      aufgemacht  auf  things  opens/open/opened_up  gets/get/gotten_the_lid_off  pulls/pull/pulled_the_lid_off
liebt       lieben      geliebt     -    people  cares/care/cared_for  stays/stay/stayed_in_love_with  falls/fall/fallen_in_love_with
schaut      schauen     angeschaut  an   any     gazes/gaze/gazed_at  keeps/keep/kept_an_eye_on  has/have/had_an_eye_on
malt        malen       gemalt      -    any     paints/paint/painted  makes/make/made_a_picture_of  draws/draw/drawn_a_picture_of
holt        holen       abgeholt    ab   any     picks/pick/picked_up  goes/go/gone_out_to_get  comes/come/come_out_to_get
versteckt   verstecken  versteckt   -    things  keeps/keep/kept_secret  puts/put/put_out_of_sight  moves/move/moved_out_of_sight
lädt        laden       eingeladen  ein  people  asks/ask/asked_in  sends/send/sent_an_invitation_to  writes/write/written_an_invitation_to
""")
# Third person singular, plural; English singular and plural of the first word, first the usual wording.
MODALS = _rows("""
will        wollen      wants/want_to  would/would_like_to  would/would_love_to
kann        können      can/can        is/are_able_to       is/are_in_a_position_to
muss        müssen      must/must      has/have_to          has/have_no_choice_but_to
""")
# German word (of an adjective its stem); English, then its synonyms.
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
# German word; the usual wording in English, mostly the briefest, then others; "_" between English words.
TIMES = _rows("""
heute       today         later_on_this_day       early_on_this_day
oft         often         most_of_the_time        much_of_the_time        a_lot_of_the_time
morgens     mornings      early_in_the_morning    late_in_the_morning
abends      evenings      early_in_the_evening    late_in_the_evening
manchmal    sometimes     every_now_and_then      now_and_then            now_and_again
allein      alone         without_any_help        without_much_help
""")
PREPOSITIONS = _rows("""
in          inside        in_the_middle_of        right_in_the_middle_of
bei         near          on_one_side_of          on_the_other_side_of
hinter      behind        at_the_back_of          round_at_the_back_of
""")
CONJUNCTIONS = _rows("""
weil        because       for_the_reason_that     for_the_simple_reason_that
wenn        when          every_time_that         each_time_that
obwohl      although      despite_the_fact_that   in_spite_of_the_fact_that
bevor       before        some_time_before        a_short_time_before
""")
# Modal particles, for which English mostly has no word ("-").
PARTICLES = _rows("""
doch        -             after_all_of_this       after_all_is_said
ja          -             as_you_know             as_you_see              as_we_all_know
wohl        -             i_think_that            i_believe_that          i_suppose_that
halt        -             it_is_true_that         the_truth_is_that       the_fact_is_that
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
